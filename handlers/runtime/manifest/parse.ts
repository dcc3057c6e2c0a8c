import type { z } from 'zod'
import { contradictions } from './contradictions.ts'
import { content, folderName, type Manifest } from './schema.ts'

/**
 * Validates the content of a `handler.yaml` and completes it with the defaults.
 *
 * @param name the handler's name, which is its folder's
 * @param data the file's parsed content; an empty file is a handler with the defaults only
 * @param file the name of the file in errors
 * @throws TypeError with one sentence per line, each naming the file, the key and the value
 */
export function parseManifest(name: string, data: unknown, file = `handlers/${name}/handler.yaml`): Manifest {
  const named = folderName.safeParse(name, { reportInput: true })
  const read = content.safeParse(data ?? {}, { reportInput: true })
  const wrong = [
    ...(named.error?.issues ?? []).map((issue) => `the folder's name ${wrongValue(issue)}`),
    ...(read.error?.issues ?? []).map(wrongKey),
    ...(read.success ? contradictions({ name, ...read.data }) : []),
  ]
  if (wrong.length || !read.success) throw new TypeError(wrong.map((sentence) => `${file}: ${sentence}`).join('\n'))
  return { name, ...read.data }
}

function wrongKey(issue: z.core.$ZodIssue): string {
  const key = issue.path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .slice(1)
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((unknown) => `${key && `${key}.`}${unknown} is not a known key`).join(', ')
  }
  return `${key || 'it'} ${wrongValue(issue)}`
}

function wrongValue(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_key') return issue.issues[0]?.message ?? issue.message
  const got = JSON.stringify(issue.input) ?? 'nothing'
  return `${issue.message} (got ${got.length > 80 ? `${got.slice(0, 80)}…` : got})`
}
