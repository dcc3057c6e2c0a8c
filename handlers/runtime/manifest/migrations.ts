import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Manifest } from './schema.ts'

/** A sentence's rest when a handler's folder has migrations that nothing would ever run; undefined if it has not. */
export function migrationsWithoutDatabase({ database }: Manifest, folder: string): string | undefined {
  const migrations = join(folder, 'migrations')
  if (database || !existsSync(migrations) || !readdirSync(migrations).some((name) => name.endsWith('.sql')))
    return undefined
  return 'database must be true, because the folder has migrations'
}
