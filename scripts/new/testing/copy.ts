import { cpSync, mkdirSync, mkdtempSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { writeHandler } from '../new-handler.ts'

/** A temporary copy of what a handler stands on, with a new handler in it. Returns its root. */
export function copyWithNewHandler(name: string): string {
  const root = mkdtempSync(join(tmpdir(), 'warren-new-'))
  mkdirSync(join(root, 'handlers'))
  const configuration = ['package.json', 'tsconfig.json', '.prettierrc.json', '.prettierignore']
  for (const path of ['handlers/runtime', 'handlers/contracts', ...configuration])
    cpSync(path, join(root, path), { recursive: true })
  symlinkSync(resolve('node_modules'), join(root, 'node_modules'))
  writeHandler(name, root)
  return root
}
