import { run } from './run-program.ts'
import { atLeast, versionIn, type Tool } from './tools.ts'

/**
 * Checks the version of each program.
 *
 * @returns `name version` of each
 * @throws a sentence for each missing or outdated program, with how to get it
 */
export async function checkTools(tools: readonly Tool[]): Promise<string[]> {
  const checked = await Promise.all(tools.map(check))
  const wrong = checked.flatMap(({ wrong }) => wrong ?? [])
  if (wrong.length > 0) throw new Error(wrong.join('\n'))
  return checked.map(({ found }) => found)
}

async function check({ name, ask, atLeast: wanted, get }: Tool): Promise<{ found: string; wrong?: string }> {
  const answer = await run(ask).catch(() => undefined)
  if (!answer) return { found: name, wrong: `${name} is missing: ${get}.` }
  const version = versionIn(answer.output)
  const found = `${name} ${version}`
  if (answer.code !== 0 || version === undefined) {
    const said = answer.output.trim().split('\n').at(-1) ?? ''
    return { found, wrong: `${name} does not work (it says: ${said}): ${get}.` }
  }
  return atLeast(version, wanted) ? { found } : { found, wrong: `${name} ${version} is older than ${wanted}: ${get}.` }
}
