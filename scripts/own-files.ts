import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of the package `warren`: this repository, or `node_modules/warren` of a system that has installed it. */
const own = (function find(folder: string): string {
  const description = join(folder, 'package.json')
  if (existsSync(description) && nameIn(description) === 'warren') return folder
  if (folder === dirname(folder)) throw new Error(`no package.json of warren around ${fileURLToPath(import.meta.url)}`)
  return find(dirname(folder))
})(dirname(fileURLToPath(import.meta.url)))

/** Whether the sources of Warren run, in its repository; the package contains only what is built from them. */
export const fromSource = existsSync(join(own, 'handlers/runtime/index.ts'))

/** The absolute path of one of Warren's own files, such as `charts/handler`: never one of the system that it runs. */
export function ownFile(path = ''): string {
  return join(own, path)
}

/** The path of one of Warren's own files from the current directory, for commands that a person may paste: `node_modules/warren/k8s`. */
export function ownPath(path: string): string {
  return relative('.', ownFile(path))
}

/** The absolute path of the code of a script, such as `build/mail-program`. */
export function ownScript(name: string): string {
  return ownFile(fromSource ? `scripts/${name}.ts` : `dist/scripts/${name}.js`)
}

/** The absolute path of a file of the runtime, such as `database/migrations`. */
export function runtimeFile(path: string): string {
  return ownFile(join(fromSource ? 'handlers/runtime' : 'dist/handlers/runtime', path))
}

function nameIn(description: string): unknown {
  return (JSON.parse(readFileSync(description, 'utf8')) as { name?: unknown }).name
}
