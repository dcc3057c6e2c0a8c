import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path'
import { ownFile } from '../own-files.ts'
import { systemFiles } from './system-files.ts'

const namePattern = /^[a-z][a-z0-9-]{0,38}[a-z0-9]$/

/**
 * Why no system can begin in a folder, as a sentence; `undefined` when one can.
 *
 * @param folder absolute
 */
export function objectionTo(folder: string): string | undefined {
  if (!namePattern.test(basename(folder)))
    return `the folder's name is the system's: 2 to 40 lower-case letters, digits and hyphens, a letter first (got ${basename(folder)})`
  if (!existsSync(folder)) return undefined
  const [first] = readdirSync(folder)
  return first === undefined ? undefined : `${folder} is not empty (it has ${first}): choose another folder`
}

/**
 * Writes a new system.
 *
 * @param folder absolute; it is made if it does not exist
 * @param warren where npm finds Warren
 * @returns the paths of the files
 */
export function writeSystem(folder: string, warren: string): string[] {
  const files = systemFiles(basename(folder), warren)
  for (const [path, text] of Object.entries(files)) {
    const file = join(folder, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
  return Object.keys(files).sort()
}

/**
 * Where npm has found the running Warren: a version, or `file:` and a path from `folder`, if it was installed from a packed file.
 */
export function ownOrigin(folder: string): string {
  const { version } = JSON.parse(readFileSync(ownFile('package.json'), 'utf8')) as { version: string }
  const around = resolve(ownFile(), '../..')
  const description = join(around, 'package.json')
  if (!existsSync(description)) return `^${version}`
  const { dependencies = {} } = JSON.parse(readFileSync(description, 'utf8')) as {
    dependencies?: Record<string, string>
  }
  const origin = dependencies['warren']
  if (origin === undefined) return `^${version}`
  if (!origin.startsWith('file:')) return origin
  const path = origin.slice('file:'.length)
  return `file:${relative(folder, isAbsolute(path) ? path : resolve(around, path))}`
}
