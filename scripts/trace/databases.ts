import type { Client } from 'pg'
import { clientOf } from '#runtime/database/client.ts'
import type { Manifest } from '#runtime/manifest/index.ts'
import type { Outgoing } from '#runtime/message/outgoing.ts'
import type { Pause } from './operation.ts'

/** A handled message, or a submission, in the inbox of its handler. Rows of earlier versions have no type. */
export interface Row {
  readonly handler: string
  readonly id: string
  readonly type: string | null
  readonly correlation_id: string | null
  readonly cause_id: string | null
  readonly subject: string | null
  readonly attempt: number | null
  readonly sent: string | null
  readonly handled_at: Date
  /** Whether its outputs are not marked as confirmed. */
  readonly unconfirmed: boolean
}

/** A message that waits in a handler's database: for its time, or for its confirm. */
export interface Kept {
  readonly handler: string
  readonly table: 'timers' | 'outbox'
  readonly id: string
  /** Of an outbox row: when it was stored, or is looked at again. */
  readonly due: Date
  readonly message: Outgoing
}

export interface SagaRow {
  readonly handler: string
  readonly saga: string
  readonly key: string
  readonly status: 'running' | 'done' | 'failed'
  readonly step: string
  readonly deadline: Date
  readonly failure: { step: string; reason: string } | null
}

/** A message that waits in the database of an ordered handler, in the order of its key. */
export interface ParkedMessage {
  readonly handler: string
  readonly key: string
  /** As it was delivered: see `fromStored`. */
  readonly message: string
  readonly due: Date | null
  readonly reason: string | null
  readonly error: string | null
}

/** Seconds that one query may take: an id that nothing is indexed by is looked for in whole tables. */
const patience = 5

const columns = `id, type, correlation_id, cause_id, subject, attempt, sent, handled_at, outputs is not null as unconfirmed`

/** First messages of operations that one id leads to, in each database and for each kind of id: the rest is not followed. */
export const mostFirst = 100

/** The runtime's own tables in the databases of all handlers, for reading. */
export interface Databases {
  /** Why the database of a handler cannot be read, by handler. */
  readonly unreadable: ReadonlyMap<string, string>
  /** The handlers whose database can be read. */
  readonly readable: readonly string[]
  byId(ids: readonly string[]): Promise<Row[]>
  /** The first messages of operations with this correlation id or about this business id, up to `mostFirst` of each. */
  first(id: string): Promise<Row[]>
  /** Any messages about this business id; slow in a large inbox. */
  about(id: string): Promise<Row[]>
  sagas(keys: readonly string[]): Promise<SagaRow[]>
  timers(ids: readonly string[]): Promise<Kept[]>
  outbox(ids: readonly string[]): Promise<Kept[]>
  /** Parked messages with one of these ids, or that contain one of these texts. */
  parked(ids: readonly string[], texts: readonly string[]): Promise<ParkedMessage[]>
  /** The handlers of which a replica waits for a dependency now, and for which. */
  pauses(): Promise<ReadonlyMap<string, Pause>>
  /** Messages of timers and outbox that contain this id as a whole JSON string. */
  containing(id: string): Promise<Kept[]>
  close(): Promise<void>
}

/** Those of all handlers but the keeper of a journal, whose inbox has every message once more, under an id of its own. */
export function withoutJournal(
  urls: Readonly<Record<string, string>>,
  manifests: readonly Manifest[],
): Record<string, string> {
  const keepers = new Set(manifests.filter(({ records }) => records).map(({ name }) => name))
  return Object.fromEntries(Object.entries(urls).filter(([name]) => !keepers.has(name)))
}

/** @param urls of the databases, by handler */
export async function openDatabases(urls: Readonly<Record<string, string>>): Promise<Databases> {
  const clients = new Map<string, Client>()
  const unreadable = new Map<string, string>()
  await Promise.all(
    Object.entries(urls).map(async ([handler, url]) => {
      const client = clientOf(url, { connectionTimeoutMillis: 5_000, query_timeout: patience * 1_000 + 1_000 })
      client.on('error', () => undefined)
      try {
        await client.connect()
        await client.query(`set statement_timeout = '${patience}s'; set default_transaction_read_only = on`)
        await client.query('select sent, since, reason from inbox, pauses, parked limit 0')
        clients.set(handler, client)
      } catch (error) {
        unreadable.set(handler, reasonOf(handler, error))
        await client.end().catch(() => undefined)
      }
    }),
  )

  async function all<Found extends object>(text: string, values: unknown[]): Promise<(Found & { handler: string })[]> {
    const found = await Promise.all(
      [...clients].map(async ([handler, client]) => {
        const { rows } = await client.query<Found>(text, values).catch((cause: unknown) => {
          throw new Error(`the database of ${handler} cannot be read: ${(cause as Error).message}`, { cause })
        })
        return rows.map((row) => ({ ...row, handler }))
      }),
    )
    return found.flat()
  }
  const kept = async (text: string, values: unknown[]): Promise<Kept[]> =>
    (await all<{ table: Kept['table']; id: string; due: Date; message: string }>(text, values)).map((row) => ({
      ...row,
      message: JSON.parse(row.message) as Outgoing,
    }))

  return {
    unreadable,
    readable: [...clients.keys()],
    byId: (ids) => all(`select ${columns} from inbox where id = any($1::uuid[])`, [ids]),
    // Two queries, because each condition has its own index.
    first: async (id) => [
      ...(await all<Row>(
        `select ${columns} from inbox where cause_id is null and correlation_id = $1 order by handled_at limit ${mostFirst}`,
        [id],
      )),
      ...(await all<Row>(
        `select ${columns} from inbox where cause_id is null and subject = $1 order by handled_at limit ${mostFirst}`,
        [id],
      )),
    ],
    about: (id) => all(`select ${columns} from inbox where subject = $1 limit ${mostFirst}`, [id]),
    sagas: (keys) =>
      all(`select saga, key, status, step, deadline, failure from sagas where key = any($1) order by saga`, [keys]),
    timers: (ids) => kept(`select 'timers' as "table", id, due, message from timers where id = any($1::uuid[])`, [ids]),
    outbox: (ids) =>
      kept(`select 'outbox' as "table", id, stored_at as due, message from outbox where id = any($1::uuid[])`, [ids]),
    parked: (ids, texts) =>
      all(
        `select key, message, due, reason, error from parked where not done
           and (id = any($1::uuid[]) or exists (select from unnest($2::text[]) as text where strpos(message, text) > 0))
         order by position limit ${mostFirst}`,
        [ids, texts],
      ),
    async pauses() {
      const rows = await all<Pause>(
        `select dependency, min(since) as since from pauses where seen > now() - interval '10 s' group by 1 order by 2 desc`,
        [],
      )
      return new Map(rows.map(({ handler, ...pause }) => [handler, pause]))
    },
    containing: (id) =>
      kept(
        `select 'timers' as "table", id, due, message from timers where strpos(message, $1) > 0 or strpos(message, $2) > 0
         union all
         select 'outbox', id, stored_at, message from outbox where strpos(message, $1) > 0 or strpos(message, $2) > 0
         limit 100`,
        // Of the envelope, and of the body, which is JSON in JSON.
        [JSON.stringify(id), JSON.stringify(JSON.stringify(id)).slice(1, -1)],
      ),
    async close() {
      await Promise.all([...clients.values()].map((client) => client.end().catch(() => undefined)))
    },
  }
}

function reasonOf(handler: string, error: unknown): string {
  const { code, message } = error as { code?: unknown; message: string }
  return code === '42703' || code === '42P01'
    ? `its tables are of an earlier version: start or deploy ${handler} again`
    : `the database of ${handler} cannot be read: ${message}`
}
