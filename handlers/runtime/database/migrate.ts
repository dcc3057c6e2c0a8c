import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { runner } from 'node-pg-migrate'
import type { Client } from 'pg'
import { clientOf } from './client.ts'

/**
 * Brings a handler's database up to date: first the runtime's own tables, then those of `<folder>/migrations/*.sql`.
 * Each migration runs once, all new ones in one transaction per owner; several programs may do this at once.
 *
 * @param url the URL of the database, with the role that owns it
 * @param folder the folder of the handler; without it only the runtime's tables are created
 * @param runtimeMigrations the folder of the runtime's own migrations
 * @returns the names of the migrations that were run
 * @throws Error that names the migration when its SQL is wrong, or when one was inserted before one that has already run
 */
export async function migrate(
  url: string,
  folder?: string,
  { runtimeMigrations = join(process.cwd(), 'handlers/runtime/database/migrations') } = {},
): Promise<string[]> {
  const database = clientOf(url)
  await database.connect()
  try {
    await database.query('set client_min_messages = warning')
    const ofRuntime = await run(database, runtimeMigrations, 'runtime_migrations')
    if (folder === undefined) return ofRuntime
    return [...ofRuntime, ...(await run(database, join(folder, 'migrations'), 'handler_migrations'))]
  } finally {
    await database.end()
  }
}

async function run(database: Client, dir: string, migrationsTable: string): Promise<string[]> {
  if (!existsSync(dir)) return []
  try {
    const migrations = await runner({
      dbClient: database,
      dir,
      migrationsTable,
      direction: 'up',
      ignorePattern: String.raw`(?!.*\.sql$).*`,
      advisoryLockMode: 'wait',
      logger: { debug: ignore, info: ignore, warn: ignore, error: ignore },
    })
    return migrations.map(({ name }) => name)
  } catch (cause) {
    throw new Error(`${dir}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
}

function ignore() {
  // The runner logs every statement; the error that it throws contains the cause.
}
