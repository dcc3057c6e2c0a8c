import { randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { build } from 'esbuild'
import { bundling, readable, save } from './bundling.ts'

/**
 * Loads a TypeScript file of the system into this process, such as `handlers/contracts/index.ts`.
 *
 * @param file from the root of the system, or absolute
 * @returns its exports, as they are now: a file that has changed is loaded anew
 * @throws a sentence with file and line if it does not compile, or what its own code throws
 */
export async function loadModule<Exports>(file: string, root = process.cwd()): Promise<Exports> {
  const built = await build({
    ...bundling([], root),
    entryPoints: [file],
    sourcemap: 'inline',
  }).catch(async (failure: unknown) => {
    throw await readable(failure)
  })
  const path = join(root, '.warren/build', `${randomUUID()}.cjs`)
  await save({ path, text: built.outputFiles[0]?.text ?? '' })
  try {
    return createRequire(path)(path) as Exports
  } finally {
    rmSync(path, { force: true })
  }
}
