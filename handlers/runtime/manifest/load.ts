import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { isMap, isPair, isScalar, isSeq, LineCounter, parseDocument, type Document, type YAMLError } from 'yaml'
import { migrationFiles, migrationFlaws, migrationsWithoutDatabase } from './migrations.ts'
import { parseManifest } from './parse.ts'
import { at, type LineOf } from './place.ts'
import type { Manifest } from './schema.ts'

/**
 * Reads the `handler.yaml` of one handler's folder.
 *
 * @throws TypeError with one sentence per line, each naming the file, the line, the key and the value
 */
export function loadManifest(folder: string): Manifest {
  return readHandlerYaml(folder).manifest
}

/**
 * The content of a `handler.yaml` as its author wrote it, and complete. Throws as `loadManifest` does, and for migrations that no
 * database could run as their author means them.
 */
export function readHandlerYaml(folder: string): { content: unknown; manifest: Manifest } {
  const path = resolve(folder, 'handler.yaml')
  const fromHere = relative('.', path)
  const file = fromHere.startsWith('..') ? path : fromHere
  if (!existsSync(path)) throw new TypeError(`${file}: there is no such file, so ${folder} is not a handler`)
  const { content, lineOf } = contentOf(path, file)
  const manifest = parseManifest(basename(resolve(folder)), content, file, lineOf)
  const wrong = migrationsWithoutDatabase(manifest, folder)
  if (wrong !== undefined) throw new TypeError(`${at(file, lineOf(['database']))}: ${wrong}`)
  const flaws = migrationFlaws(migrationFiles(join(dirname(path), 'migrations'), join(dirname(file), 'migrations')))
  if (flaws.length > 0) throw new TypeError(flaws.join('\n'))
  return { content, manifest }
}

/** The manifests of all handlers, by name: each folder with a `handler.yaml` is one. Throws as `loadManifest` does. */
export function loadManifests(handlersFolder: string): Manifest[] {
  return handlersIn(handlersFolder).map(loadManifest)
}

/**
 * The folders of all handlers, by name.
 *
 * @throws TypeError for a `handler.ts` without a `handler.yaml`
 */
export function handlersIn(handlersFolder: string): string[] {
  const has = (folder: string, file: string) => existsSync(join(folder, file))
  const folders = readdirSync(handlersFolder)
    .sort()
    .map((name) => join(handlersFolder, name))
  // The runtime stands beside the handlers, and one of its own files has this name.
  const unrun = folders.find(
    (folder) => has(folder, 'handler.ts') && !has(folder, 'handler.yaml') && basename(folder) !== 'runtime',
  )
  if (unrun !== undefined) {
    throw new TypeError(
      `${join(unrun, 'handler.ts')}: there is no handler.yaml beside it, so nothing runs it: ` +
        'add one, which may be empty, or remove handler.ts',
    )
  }
  return folders.filter((folder) => has(folder, 'handler.yaml'))
}

function contentOf(path: string, file: string): { content: unknown; lineOf: LineOf } {
  const text = readFileSync(path, 'utf8')
  const counter = new LineCounter()
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false })
  const [error] = document.errors
  if (error) {
    const [start] = error.pos
    throw new TypeError(`${at(file, counter.linePos(start).line)}: ${notYaml(error, text.slice(start))}`)
  }
  try {
    return { content: document.toJS() as unknown, lineOf: linesIn(document, counter) }
  } catch (cause) {
    throw new TypeError(`${file}: it is not YAML: ${(cause as Error).message}`, { cause })
  }
}

/** What is wrong and the way out, where the parser's own sentence lacks it. */
function notYaml({ code, message }: YAMLError, from: string): string {
  const unclosed = message.startsWith('Flow') ? 'a [ or { above is not closed: close it' : undefined
  const sentences: Partial<Record<YAMLError['code'], string>> = {
    TAB_AS_INDENT: 'a line begins with a tab: indent with spaces',
    DUPLICATE_KEY: `the key ${/^[^\s:]+/.exec(from)?.[0]} stands there twice: merge the two`,
    BAD_INDENT: unclosed ?? 'the keys of one level must begin in the same column: indent them alike',
    MISSING_CHAR: message.endsWith('quote') ? 'a quote is not closed: close it' : message,
    MULTILINE_IMPLICIT_KEY: 'a colon and a space must follow a key: write it as in timeout: 30s',
    BLOCK_IN_FLOW: 'a value contains a colon and a space: put it in quotes',
    BAD_SCALAR_START: `a value must not begin with ${from.slice(0, 1)}: put it in quotes`,
  }
  return `it is not YAML: ${sentences[code] ?? message}`
}

function linesIn({ contents }: Document, counter: LineCounter): LineOf {
  return (path) => {
    let node: unknown = contents
    let start: number | undefined
    for (const step of path) {
      const inner: unknown = isMap(node)
        ? node.items.find(({ key }) => isScalar(key) && key.value === step)
        : isSeq(node)
          ? node.items[Number(step)]
          : undefined
      const named = isPair(inner) ? inner.key : inner
      start = (named as { range?: [number, number, number] } | undefined)?.range?.[0] ?? start
      node = isPair(inner) ? inner.value : inner
    }
    return start === undefined ? undefined : counter.linePos(start).line
  }
}
