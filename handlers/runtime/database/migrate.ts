import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import { runner } from 'node-pg-migrate'
import type { Client } from 'pg'
import {
  lineAt,
  migrationFiles,
  migrationFlaws,
  startOfStatements,
  type MigrationFile,
} from '../manifest/migrations.ts'
import { clientOf } from './client.ts'

/** What a migration stands in: whose files, and where the database records them. */
interface Series {
  readonly folder: string
  /** The folder's name in errors. */
  readonly called: string
  readonly table: 'runtime_migrations' | 'handler_migrations'
}

/**
 * Brings a handler's database up to date: first the runtime's own tables, then those of `<folder>/migrations/*.sql`.
 * Each migration runs once, all new ones in one transaction per owner; several programs may do this at once.
 *
 * The database records the checksum of each migration of the handler. One that had run before checksums were recorded gets that of
 * its file as it is now.
 *
 * @param url the URL of the database, with the role that owns it
 * @param folder the folder of the handler; without it only the runtime's tables are created
 * @param handler its name, as errors print it
 * @param runtimeMigrations the folder of the runtime's own migrations
 * @returns the names of the migrations that were run
 * @throws Error that names the file, the line if PostgreSQL knows it, and the way out: for wrong SQL, and for a migration that was edited,
 * removed or inserted after later ones had run
 */
export async function migrate(
  url: string,
  folder?: string,
  {
    handler = folder === undefined ? '' : basename(folder),
    runtimeMigrations = join(process.cwd(), 'handlers/runtime/database/migrations'),
  } = {},
): Promise<string[]> {
  const database = clientOf(url)
  await database.connect()
  try {
    await database.query('set client_min_messages = warning')
    // Until the connection ends, so that no other program runs a migration between its check and the record of its checksum.
    await database.query(`select pg_advisory_lock(hashtext('warren'), hashtext('migrations'))`)
    const ofRuntime = await run(database, {
      folder: runtimeMigrations,
      called: runtimeMigrations,
      table: 'runtime_migrations',
    })
    if (folder === undefined) return ofRuntime
    const own: Series = {
      folder: join(folder, 'migrations'),
      called: `handlers/${handler}/migrations`,
      table: 'handler_migrations',
    }
    return [...ofRuntime, ...(await runChecked(database, own, handler))]
  } finally {
    await database.end()
  }
}

/** Runs the migrations of a handler: their author may have edited what has run already. */
async function runChecked(database: Client, series: Series, handler: string): Promise<string[]> {
  const files = migrationFiles(series.folder, series.called)
  const applied = await appliedIn(database)
  const wrong = [...migrationFlaws(files), ...differences(files, applied, handler)]
  if (wrong.length > 0) throw new Error(wrong.join('\n'))
  const names = await run(database, series)
  if (files.length > 0) await record(database, files)
  return names
}

interface Applied {
  readonly name: string
  /** `null` until a run after the one that applied it has recorded it. */
  readonly checksum: string | null
}

/** The migrations of the handler that have run, in their order. */
async function appliedIn(database: Client): Promise<Applied[]> {
  const { rows } = await database.query<{ exists: boolean }>(
    `select to_regclass('handler_migrations') is not null as exists`,
  )
  if (!rows[0]?.exists) return []
  await database.query('alter table handler_migrations add column if not exists checksum text')
  const { rows: applied } = await database.query<Applied>(
    'select name, checksum from handler_migrations order by run_on, id',
  )
  return applied
}

async function record(database: Client, files: readonly MigrationFile[]): Promise<void> {
  await database.query('alter table handler_migrations add column if not exists checksum text')
  await database.query(
    `update handler_migrations set checksum = file.checksum
     from unnest($1::text[], $2::text[]) as file (name, checksum)
     where handler_migrations.name = file.name and handler_migrations.checksum is null`,
    [files.map(({ name }) => name), files.map(checksumOf)],
  )
}

/** Line endings do not count: Git may change them. */
function checksumOf({ text }: MigrationFile): string {
  return createHash('sha256').update(text.replaceAll('\r\n', '\n')).digest('hex')
}

function differences(files: readonly MigrationFile[], applied: readonly Applied[], handler: string): string[] {
  const emptied = `, or, on a laptop, empty the database with \`npm run reset -- ${handler}\``
  const known = new Map(files.map((file) => [file.name, file]))
  const ran = new Set(applied.map(({ name }) => name))
  const last = files.findLastIndex(({ name }) => ran.has(name))
  const lastKnown = applied.findLastIndex(({ name }) => known.has(name))
  const isEarlier = files.every(({ name }) => ran.has(name))
  const edited = applied.flatMap(({ name, checksum }, index) => {
    const file = known.get(name)
    // An earlier release does not have the last ones, and works on what they made. It has no new ones either.
    if (!file && index > lastKnown && isEarlier) return []
    if (!file)
      return [
        `handlers/${handler}/migrations/${name}.sql: it has run on the database and is gone: restore it${emptied}`,
      ]
    if (checksum === null || checksum === checksumOf(file)) return []
    return [
      `${file.path}: it was edited after it had run on the database: restore it and write a new migration${emptied}`,
    ]
  })
  const inserted = files
    .slice(0, Math.max(0, last))
    .filter(({ name }) => !ran.has(name))
    .map(
      ({ path }) => `${path}: it comes before ${files[last]?.name}.sql, which has already run: give it the next number`,
    )
  return [...edited, ...inserted]
}

async function run(database: Client, { folder, called, table }: Series): Promise<string[]> {
  if (!existsSync(folder)) return []
  let current: string | undefined
  try {
    const migrations = await runner({
      dbClient: database,
      dir: folder,
      migrationsTable: table,
      direction: 'up',
      ignorePattern: String.raw`(?!.*\.sql$).*`,
      advisoryLockMode: 'wait',
      singleTransaction: true,
      logger: {
        debug: ignore,
        // The error does not name its migration.
        info: (line) => (current = /^### MIGRATION (\S+) \(UP\)/.exec(line)?.[1] ?? current),
        warn: ignore,
        error: ignore,
      },
    })
    return migrations.map(({ name }) => name)
  } catch (cause) {
    const file = migrationFiles(folder, called).find(({ name }) => name === current)
    throw new Error(`${placeOf(cause, file) ?? called}: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    })
  }
}

/** File and line of an error in SQL: PostgreSQL counts characters in what it was sent. */
function placeOf(cause: unknown, file: MigrationFile | undefined): string | undefined {
  const { position } = cause as { position?: string }
  if (file === undefined || position === undefined) return file?.path
  return `${file.path}:${lineAt(file.text, startOfStatements(file.text) + Number(position) - 1)}`
}

function ignore() {
  // The runner logs every statement; the error that it throws contains the cause.
}
