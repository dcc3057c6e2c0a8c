import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseManifest } from '../manifest/parse.ts'
import type { Manifest } from '../manifest/schema.ts'
import { Misconfigured } from './settings.ts'

/**
 * Reads the `handler.json` beside the bundle: the name of the handler and the content of its `handler.yaml`, as its author wrote
 * it. It is completed here and not in the build, because a chart puts its own values in its place.
 *
 * @throws Misconfigured with one sentence per line for each mistake
 */
export function readManifest(folder: string): Manifest {
  const file = join(folder, 'handler.json')
  try {
    const { name, ...content } = JSON.parse(readFileSync(file, 'utf8')) as { name: string }
    return parseManifest(name, content)
  } catch (error) {
    const { message } = error as Error
    throw new Misconfigured(error instanceof TypeError ? message : `${file} cannot be read: ${message}`)
  }
}
