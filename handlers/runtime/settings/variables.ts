import * as z from 'zod'
import { flawOf } from './address.ts'

/** Variables with the password of a URL, not encoded: nothing between a Secret and a pod can encode it. */
const passwords = {
  AMQP_PASSWORD: 'AMQP_URL',
  DATABASE_PASSWORD: 'DATABASE_URL',
  ADMIN_DATABASE_PASSWORD: 'ADMIN_DATABASE_URL',
}

/**
 * The variables that have a value, without surrounding white space: a Secret that was made from a file ends in a line break.
 * An empty variable counts as missing. A password in a variable of its own is put into its URL.
 */
export function given(environment: NodeJS.ProcessEnv): Record<string, string> {
  const trimmed = Object.entries(environment).map(([name, value = '']) => [name, value.trim()] as const)
  const set = Object.fromEntries(trimmed.filter(([, value]) => value !== ''))
  for (const [variable, name] of Object.entries(passwords)) {
    const [url, password] = [set[name], set[variable]]
    if (url !== undefined && password !== undefined && URL.canParse(url))
      set[name] = Object.assign(new URL(url), { password: encodeURIComponent(password) }).href
  }
  return set
}

/** The URL of a server. `example` shows a complete one; `complete` checks what the protocol alone does not. */
export function serverUrl(
  protocols: readonly string[],
  example: string,
  complete: (url: URL) => boolean = () => true,
): z.ZodType<string> {
  const sentence = `must be a URL such as ${example}`
  return z.string(sentence).superRefine((text, context) => {
    const isServer = protocols.some((protocol) => text.toLowerCase().startsWith(`${protocol}//`))
    const flaw = flawOf(text)
    if (isServer && flaw !== undefined && flaw !== 'is no URL') context.addIssue(flaw)
    else if (!isServer || flaw !== undefined || !complete(new URL(text))) context.addIssue(sentence)
  })
}

/** One sentence for each wrong or missing variable, which names it but never its value: it may be a secret. */
export function wrongVariables({ issues }: z.ZodError, set: NodeJS.ProcessEnv): string[] {
  return issues.map(({ path, message }) => {
    const variable = path.join('.')
    return set[variable] === undefined ? `${variable} is missing: it ${message}` : `${variable} ${message}`
  })
}
