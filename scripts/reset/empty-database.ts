import { join } from 'node:path'
import type { Client } from 'pg'
import { clientOf } from '#runtime/database/client.ts'
import { oneWriter } from '#runtime/database/inbox.ts'
import { migrate } from '#runtime/database/migrate.ts'
import { letLookAtTimers } from '#runtime/prepare/roles.ts'
import { runtimeFile } from '../own-files.ts'

/** A table of a handler's database, and how many rows it has. */
export interface Contents {
  readonly table: string
  readonly rows: number
}

/** What emptying a database would remove: its tables that have rows, the largest first. */
export async function contentsOf(url: string): Promise<Contents[]> {
  return connected(url, async (owner) => {
    const { rows: tables } = await owner.query<{ name: string }>(
      `select oid::regclass::text as name from pg_class
       where relkind in ('r', 'p') and relowner = current_user::regrole and relname <> all ($1)`,
      [['runtime_migrations', 'handler_migrations']],
    )
    const contents: Contents[] = []
    for (const { name } of tables) {
      const { rows } = await owner.query<{ count: number }>(`select count(*)::int as count from ${name}`)
      contents.push({ table: name, rows: rows[0]?.count ?? 0 })
    }
    return contents.filter(({ rows }) => rows > 0).sort((one, other) => other.rows - one.rows)
  })
}

/**
 * Removes everything from a handler's database and migrates it again. Processes of the handler may run: each of their transactions
 * comes before it or after it.
 *
 * @param url with the role that owns the database
 * @param folder of the handler
 * @returns the names of the migrations that were run
 */
export async function emptyDatabase(url: string, folder: string): Promise<string[]> {
  return connected(url, async (owner) => {
    await owner.query(`select pg_advisory_lock(${oneWriter})`)
    const { rows: watchers } = await owner.query<{ name: string }>(
      `select distinct grantee::text as name from information_schema.role_table_grants
       where table_name = 'due_timers' and grantee <> current_user`,
    )
    await owner.query('drop owned by current_user cascade')
    const names = await migrate(url, folder, { runtimeMigrations: runtimeFile(join('database', 'migrations')) })
    for (const { name } of watchers) await letLookAtTimers(owner, name)
    return names
  })
}

async function connected<Result>(url: string, work: (owner: Client) => Promise<Result>): Promise<Result> {
  const owner = clientOf(url)
  // The query that runs on a broken connection rejects with the reason.
  owner.on('error', () => undefined)
  await owner.connect()
  try {
    return await work(owner)
  } finally {
    await owner.end()
  }
}
