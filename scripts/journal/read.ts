import type { Client } from 'pg'
import type { Recorded } from 'warren'
import type { Manifest } from '#runtime/manifest/index.ts'
import type { System } from '../inspect/system.ts'

/** A record as commands read it: a row of the table `journal` of the handler with `records: all`. */
export interface JournalRow {
  readonly recorded_at: Date
  /** The same to the microsecond, which a Date cannot hold. */
  readonly position: string
  readonly record_id: string
  readonly id: string | null
  readonly type: string | null
  readonly exchange: string
  readonly key: string
  readonly body: string
  readonly encoding: 'text' | 'base64'
  readonly bytes: number
  readonly correlation_id: string | null
  readonly cause_id: string | null
  readonly published_at: Date | null
  readonly producer: string
  readonly app: string | null
  readonly content_type: string | null
  readonly priority: number | null
  readonly headers: Readonly<Record<string, string | number>>
}

const columns = `recorded_at, recorded_at::text as position, record_id, id, type, exchange, key, body, encoding, bytes,
  correlation_id, cause_id, published_at, producer, app, content_type, priority, headers`
const pageSize = 500

/** The handler that keeps the journal, and the URL of its database. @throws a sentence if there is none within reach */
export function journalOf(manifests: readonly Manifest[], { handlers }: Pick<System, 'handlers'>) {
  const keeper = manifests.find(({ records }) => records !== undefined)
  if (!keeper) throw new Error('no handler keeps a journal: one with records: all in its handler.yaml does')
  const url = handlers[keeper.name]?.databaseUrl
  if (url === undefined) throw new Error(`the database of ${keeper.name}, which keeps the journal, is not within reach`)
  return { keeper, url }
}

/** The records of these types between two times, in the order in which they were recorded, page by page. */
export async function* recordsBetween(
  client: Client,
  { types, since, until }: { types: readonly string[]; since: Date; until: Date },
): AsyncGenerator<JournalRow> {
  let after = { position: since.toISOString(), record_id: '00000000-0000-0000-0000-000000000000' }
  for (;;) {
    const { rows } = await client.query<JournalRow>(
      `select ${columns} from journal where type = any($1) and (recorded_at, record_id) > ($2::timestamptz, $3::uuid)
       and recorded_at <= $4 order by journal.recorded_at, record_id limit ${pageSize}`,
      [types, after.position, after.record_id, until],
    )
    yield* rows
    const last = rows.at(-1)
    if (!last || rows.length < pageSize) return
    after = last
  }
}

/** Messages that a person reads at most of one operation. */
const mostOfOperation = 5_000

/** All messages of the operations that an id leads to: of a message, a correlation, or a business object. */
export async function recordsAbout(
  query: (text: string, values: unknown[]) => Promise<{ rows: JournalRow[] }>,
  id: string,
): Promise<JournalRow[]> {
  const { rows } = await query(
    `select ${columns} from journal where correlation_id in (
       select correlation_id from journal where id = $1
       union select correlation_id from journal where subject = $1
       union select $1)
     order by coalesce(published_at, journal.recorded_at), journal.recorded_at limit ${mostOfOperation}`,
    [id],
  )
  return rows
}

/** A record as its place in an operation follows from it. */
export function recorded(row: JournalRow): Recorded {
  const { id, type, key, producer, correlation_id: correlationId, cause_id: causationId } = row
  return { id, type, key, producer, correlationId, causationId, at: row.published_at ?? row.recorded_at }
}

/** All records since a time, in the order in which they were recorded, page by page. */
export async function* recordsSince(client: Client, since: Date): AsyncGenerator<JournalRow> {
  let after = { position: since.toISOString(), record_id: '00000000-0000-0000-0000-000000000000' }
  for (;;) {
    const { rows } = await client.query<JournalRow>(
      `select ${columns} from journal where (recorded_at, record_id) > ($1::timestamptz, $2::uuid)
       order by journal.recorded_at, record_id limit ${pageSize}`,
      [after.position, after.record_id],
    )
    yield* rows
    const last = rows.at(-1)
    if (!last || rows.length < pageSize) return
    after = last
  }
}
