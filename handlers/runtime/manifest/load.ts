import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join, relative, resolve } from 'node:path'
import { parse, YAMLParseError } from 'yaml'
import { migrationsWithoutDatabase } from './migrations.ts'
import { parseManifest } from './parse.ts'
import type { Manifest } from './schema.ts'

/**
 * Reads the `handler.yaml` of one handler's folder.
 *
 * @throws TypeError with one sentence per line, each naming the file, the key and the value
 */
export function loadManifest(folder: string): Manifest {
  return readHandlerYaml(folder).manifest
}

/**
 * The content of a `handler.yaml` as its author wrote it, and complete. Throws as `loadManifest` does.
 */
export function readHandlerYaml(folder: string): { content: unknown; manifest: Manifest } {
  const path = resolve(folder, 'handler.yaml')
  const fromHere = relative('.', path)
  const file = fromHere.startsWith('..') ? path : fromHere
  if (!existsSync(path)) throw new TypeError(`${file}: there is no such file, so ${folder} is not a handler`)
  const content = contentOf(path, file)
  const manifest = parseManifest(basename(resolve(folder)), content, file)
  const wrong = migrationsWithoutDatabase(manifest, folder)
  if (wrong !== undefined) throw new TypeError(`${file}: ${wrong}`)
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

function contentOf(path: string, file: string): unknown {
  try {
    return parse(readFileSync(path, 'utf8'))
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error
    throw new TypeError(`${file}: it is not YAML: ${error.message.split('\n')[0]?.replace(/:$/, '')}`)
  }
}
