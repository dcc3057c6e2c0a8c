import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { clientOf } from '#runtime/database/client.ts'
import { oneWriter } from '#runtime/database/inbox.ts'
import { runtimeFile } from '../own-files.ts'

/** The tables of the runtime and of the migrations: what `create table` in the runtime's migrations names. */
function runtimeTables(): string[] {
  const folder = runtimeFile(join('database', 'migrations'))
  const created = readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .flatMap((file) => [
      ...readFileSync(join(folder, file), 'utf8').matchAll(/create (?:unlogged )?table (?:if not exists )?(\w+)/gi),
    ])
    .map(([, name]) => name ?? '')
  return ['runtime_migrations', 'handler_migrations', ...created]
}

/**
 * Empties the tables of a handler's own migrations and its inbox, in one transaction under the lock of its writers. Timers and stored
 * outputs stay: they have ids that follow from their messages.
 *
 * @returns the names of the emptied tables
 */
export async function emptyProjection(url: string): Promise<string[]> {
  const owner = clientOf(url, { connectionTimeoutMillis: 5_000 })
  owner.on('error', () => undefined)
  await owner.connect()
  try {
    const { rows } = await owner.query<{ name: string }>(
      `select oid::regclass::text as name from pg_class
       where relkind in ('r', 'p') and not relispartition and relowner = current_user::regrole
         and relnamespace = 'public'::regnamespace and relname <> all ($1) order by 1`,
      [runtimeTables()],
    )
    const names = rows.map(({ name }) => name)
    await owner.query('begin')
    await owner.query(`select pg_advisory_xact_lock(${oneWriter})`)
    await owner.query(`truncate ${['inbox', ...names].join(', ')}`)
    await owner.query('commit')
    return names
  } finally {
    await owner.end()
  }
}
