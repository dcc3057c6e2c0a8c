import type { z } from 'zod'
import { contradictions } from './contradictions.ts'
import { nearest } from './nearest.ts'
import { at, fileOf, readFrom, type LineOf, type Mistake, type Path } from './place.ts'
import { content, folderName, keysAt, type Manifest } from './schema.ts'

/**
 * Validates the content of a `handler.yaml` and completes it with the defaults.
 *
 * @param name the handler's name, which is its folder's
 * @param data the file's parsed content; an empty file is a handler with the defaults only
 * @param file the name of the file in errors
 * @param lineOf the lines of its values in errors
 * @throws TypeError with one sentence per line, each naming the file, the line, the key and the value
 */
export function parseManifest(
  name: string,
  data: unknown,
  file = fileOf(name),
  lineOf: LineOf = () => undefined,
): Manifest {
  const named = folderName.safeParse(name, { reportInput: true })
  const read = content.safeParse(data ?? {}, { reportInput: true })
  const wrong: Mistake[] = [
    ...(named.error?.issues ?? []).map((issue) => ({
      path: [],
      sentence: `the folder's name ${wrongValue(issue)}`,
    })),
    ...(read.error?.issues ?? []).flatMap(mistakesOf),
    ...(read.success ? contradictions({ name, ...read.data }) : []),
  ]
  if (wrong.length || !read.success)
    throw new TypeError(wrong.map(({ path, sentence }) => `${at(file, lineOf(path))}: ${sentence}`).join('\n'))
  return readFrom({ name, ...read.data }, file, lineOf)
}

function mistakesOf(issue: z.core.$ZodIssue): Mistake[] {
  const { path } = issue
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ path: [...path, key], sentence: unknownKey(path, key) }))
  return [{ path, sentence: `${dotted(path) || 'it'} ${wrongValue(issue)}` }]
}

function dotted(path: Path): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .slice(1)
}

/** The share of wrong letters up to which a key is taken for another one. */
const tolerance = 0.45

function unknownKey(path: Path, key: string): string {
  const here = keysAt(path)
  const below = keysAt([]).flatMap((outer) => keysAt([outer]).map((inner) => `${outer}.${inner}`))
  const elsewhere = [...keysAt([]), ...below].find((each) => each === key || each.endsWith(`.${key}`))
  const meant = nearest(key, here, tolerance)
  const hint =
    meant !== undefined
      ? `: did you mean ${dotted([...path, meant])}?`
      : elsewhere !== undefined
        ? `: did you mean ${elsewhere}?`
        : `: ${path.length === 0 ? 'the keys' : `those of ${dotted(path)}`} are ${here.join(', ')}`
  return `${dotted([...path, key])} is not a known key${hint}`
}

function wrongValue(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_key') return issue.issues[0]?.message ?? issue.message
  const got = JSON.stringify(issue.input) ?? 'nothing'
  return `${issue.message} (got ${got.length > 80 ? `${got.slice(0, 80)}…` : got})`
}
