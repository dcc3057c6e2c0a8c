import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join, relative, resolve } from 'node:path'
import { parse, YAMLParseError } from 'yaml'
import { parseManifest } from './parse.ts'
import type { Manifest } from './schema.ts'

/**
 * Reads the `handler.yaml` of one handler's folder.
 *
 * @throws TypeError with one sentence a line, each naming file, key and what was got
 */
export function loadManifest(folder: string): Manifest {
  const path = resolve(folder, 'handler.yaml')
  const fromHere = relative('.', path)
  const file = fromHere.startsWith('..') ? path : fromHere
  if (!existsSync(path)) throw new TypeError(`${file}: there is no such file, so ${folder} is not a handler`)
  return parseManifest(basename(resolve(folder)), content(path, file), file)
}

/** The manifests of all handlers, by name: each folder with a `handler.yaml` is one. Throws as `loadManifest` does. */
export function loadManifests(handlersFolder: string): Manifest[] {
  return readdirSync(handlersFolder)
    .sort()
    .map((name) => join(handlersFolder, name))
    .filter((folder) => existsSync(join(folder, 'handler.yaml')))
    .map(loadManifest)
}

function content(path: string, file: string): unknown {
  try {
    return parse(readFileSync(path, 'utf8'))
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error
    throw new TypeError(`${file}: it is not YAML: ${error.message.split('\n')[0]?.replace(/:$/, '')}`)
  }
}
