import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join, relative, resolve } from 'node:path'
import { parse, YAMLParseError } from 'yaml'
import { parseManifest } from './parse.ts'
import type { Manifest } from './schema.ts'

/**
 * Reads the `handler.yaml` of one handler's folder.
 *
 * @throws TypeError with one sentence per line, each naming the file, the key and the value
 */
export function loadManifest(folder: string): Manifest {
  const { name, content, file } = readHandlerYaml(folder)
  return parseManifest(name, content, file)
}

/**
 * The content of a `handler.yaml` as its author wrote it. Throws as `loadManifest` does when the file is missing or is not YAML.
 */
export function readHandlerYaml(folder: string): { name: string; content: unknown; file: string } {
  const path = resolve(folder, 'handler.yaml')
  const fromHere = relative('.', path)
  const file = fromHere.startsWith('..') ? path : fromHere
  if (!existsSync(path)) throw new TypeError(`${file}: there is no such file, so ${folder} is not a handler`)
  return { name: basename(resolve(folder)), content: contentOf(path, file), file }
}

/** The manifests of all handlers, by name: each folder with a `handler.yaml` is one. Throws as `loadManifest` does. */
export function loadManifests(handlersFolder: string): Manifest[] {
  return readdirSync(handlersFolder)
    .sort()
    .map((name) => join(handlersFolder, name))
    .filter((folder) => existsSync(join(folder, 'handler.yaml')))
    .map(loadManifest)
}

function contentOf(path: string, file: string): unknown {
  try {
    return parse(readFileSync(path, 'utf8'))
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error
    throw new TypeError(`${file}: it is not YAML: ${error.message.split('\n')[0]?.replace(/:$/, '')}`)
  }
}
