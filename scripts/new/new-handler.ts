import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { folderName } from '#runtime/manifest/schema.ts'
import { handlerFiles, withContracts } from './handler-files.ts'

const index = 'handlers/contracts/index.ts'
const firstIndex = '/** Every message of the system. */\n'

/**
 * Why no new handler can have this name, as the rest of a sentence; `undefined` when one can.
 *
 * @param root of the repository
 */
export function objectionTo(name: string, root: string): string | undefined {
  const { success, error } = folderName.safeParse(name)
  if (!success) return error.issues[0]?.message
  for (const place of [`handlers/${name}`, `handlers/contracts/${name}.ts`]) {
    if (existsSync(join(root, place))) return `must be another one: ${place} exists already`
  }
  return undefined
}

/**
 * Writes the folder of a new handler, and its contract.
 *
 * @returns the paths that were written, from the root of the repository
 * @throws Error when a file cannot be written
 */
export function writeHandler(name: string, root: string): string[] {
  const files = {
    ...handlerFiles(name),
    [index]: withContracts(existsSync(join(root, index)) ? readFileSync(join(root, index), 'utf8') : firstIndex, name),
  }
  for (const [path, text] of Object.entries(files)) {
    const file = join(root, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
  return Object.keys(files)
}
