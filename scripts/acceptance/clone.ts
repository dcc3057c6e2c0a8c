import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, symlinkSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

/**
 * Copies this repository as it is now, without what Git ignores, and links its packages.
 *
 * @param root of the copy
 * @param wanted leaves out the paths for which it is false
 */
export function cloneInto(root: string, wanted: (path: string) => boolean = () => true): void {
  const listed = ['ls-files', '--cached', '--others', '--exclude-standard', '--deduplicate']
  const paths = execFileSync('git', listed, { encoding: 'utf8' }).trim().split('\n')
  for (const path of paths.filter(wanted)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    cpSync(path, join(root, path))
  }
  symlinkSync(resolve('node_modules'), join(root, 'node_modules'))
}
