import pg from 'pg'
import { transactionTimeout } from '../manifest/limits.ts'
import type { Outgoing, Timer } from '../message/outgoing.ts'
import { all, hasFailed, limitsTransactions, send, sendCommit, sendNamed } from './connection.ts'
import { DatabaseLost, RolledBack } from './lost.ts'

/** The key of the lock of a handler's database. */
export const oneWriter = `hashtext('warren')`
/** Held until the end of a transaction: one writer for each handler's database, so replicas cannot deadlock or race. */
const lock = `pg_advisory_xact_lock(${oneWriter})`
/** The time limit of a transaction starts when it has the lock: waiting for the lock does not count. */
const limit = `set_config('transaction_timeout', '${transactionTimeout}', true)`
/** The clock of all replicas, in milliseconds. */
const clock = `(extract(epoch from clock_timestamp()) * 1000)::float8 as clock`
/**
 * The statements by id keep the plan that they got while the table was nearly empty, when reading all of it seemed cheapest: measured,
 * that made the core half as fast. So no such plan can be made; the statements of the handler are planned as ever.
 */
const byIndex = `set_config('enable_seqscan', 'off', true)`
const noSeqScan = `set local enable_seqscan to off`
const asEver = 'set local enable_seqscan to default'
const lockAndClock = `select ${lock}, ${byIndex}, ${clock}`
const lockLimitAndClock = `select ${lock}, ${byIndex}, ${limit}, ${clock}`

/** Rows whose outputs have all been confirmed by the broker: the next transaction empties or deletes them. */
export interface Confirmed {
  readonly inbox: string[]
  readonly timers: string[]
  readonly outbox: string[]
}

/** A message that was handled, and the messages that it led to, as JSON; `null` once they are confirmed. */
export interface InboxRow {
  readonly id: string
  readonly body_hash: string
  readonly outputs: string | null
}

/** An inbox row as it is inserted: with what a trace of its operation needs. */
export interface HandledRow extends InboxRow {
  readonly type: string | null
  readonly correlation_id: string | null
  readonly cause_id: string | null
  readonly subject: string | null
  readonly attempt: number
  readonly sent: string | null
}

/** What is known when a transaction has begun. */
export interface Begun {
  /** Those of its messages that were handled before, by id. */
  readonly known: Map<string, InboxRow>
  /** The time by the database's clock, in milliseconds, for as long as the transaction lasts: it costs no round trip. */
  readonly clock: () => number
}

/**
 * Begins a transaction: takes the lock, marks confirmed rows, and finds which of these ids were handled before. One round trip.
 *
 * @throws `DatabaseLost` for any error: no message has had a part in it yet
 */
export async function beginTransaction(
  client: pg.Client,
  ids: readonly string[],
  confirmed: Confirmed,
): Promise<Begun> {
  const results = await all([
    send(client, 'begin'),
    send(client, { name: 'lock', text: limitsTransactions(client) ? lockLimitAndClock : lockAndClock }),
    confirmed.inbox.length > 0 &&
      sendNamed(client, 'empty', `update inbox set outputs = null where id = any($1::uuid[])`, [confirmed.inbox]),
    confirmed.timers.length > 0 &&
      sendNamed(client, 'fired', `delete from timers where id = any($1::uuid[])`, [confirmed.timers]),
    confirmed.outbox.length > 0 &&
      sendNamed(client, 'sent', `delete from outbox where id = any($1::uuid[])`, [confirmed.outbox]),
    ids.length > 0 &&
      sendNamed<InboxRow>(client, 'known', `select id, body_hash, outputs from inbox where id = any($1::uuid[])`, [
        ids,
      ]),
    send(client, asEver),
  ]).catch((error: unknown) => {
    throw error instanceof DatabaseLost ? error : new DatabaseLost(error)
  })
  const locked = results[1] as pg.QueryResult<{ clock: number }>
  const offset = (locked.rows[0]?.clock ?? 0) - performance.now()
  const known = results.at(-2)
  return {
    known: new Map(known ? (known as pg.QueryResult<InboxRow>).rows.map((row) => [row.id, row]) : []),
    clock: () => Math.round(performance.now() + offset),
  }
}

/**
 * Ends a transaction: records the handled messages, stores timers and submitted messages, commits. One round trip.
 *
 * @param others statements that were sent already and belong to it
 * @throws `RolledBack` when a statement had failed and its error was ignored
 */
export async function commitTransaction(
  client: pg.Client,
  {
    handled,
    freed,
    timers,
    outbox,
  }: {
    handled: readonly HandledRow[]
    freed: readonly string[]
    timers: readonly Timer[]
    outbox: readonly Outgoing[]
  },
  others: readonly Promise<unknown>[] = [],
): Promise<void> {
  if (hasFailed(client)) {
    await Promise.allSettled(others)
    throw new RolledBack('a statement has failed, so nothing is committed')
  }
  const results = await all([
    ...others,
    handled.length > 0 &&
      sendNamed(
        client,
        'handled',
        `insert into inbox (id, body_hash, outputs, type, correlation_id, cause_id, subject, attempt, sent)
         select id, body_hash, outputs, type, correlation_id, cause_id, subject, attempt, sent
         from json_to_recordset($1) as row (id uuid, body_hash text, outputs text, type text, correlation_id text,
           cause_id uuid, subject text, attempt smallint, sent text)`,
        [JSON.stringify(handled)],
      ).catch(olderTables),
    // By its index, also with a plan that was made while the table was nearly empty.
    freed.length > 0 && send(client, noSeqScan),
    freed.length > 0 && sendNamed(client, 'freed', `delete from timers where name = any($1)`, [freed]),
    freed.length > 0 && send(client, asEver),
    timers.length > 0 &&
      sendNamed(
        client,
        'timers',
        `insert into timers (id, due, name, message)
         select id, coalesce(due, clock_timestamp() + after * interval '1 ms'), name, message
         from json_to_recordset($1) as row (id uuid, due timestamptz, after float8, name text, message text)
         on conflict (id) do nothing`,
        [JSON.stringify(timers.map(timerRow))],
      ),
    outbox.length > 0 &&
      sendNamed(
        client,
        'outbox',
        `insert into outbox (id, message) select id, message from json_to_recordset($1) as row (id uuid, message text)`,
        [JSON.stringify(outbox.map((message) => ({ id: message.id, message: JSON.stringify(message) })))],
      ),
    sendCommit(client),
  ])
  const committed = results.at(-1) as pg.QueryResult
  if (committed.command !== 'COMMIT') throw new RolledBack('a statement had failed, so nothing was committed')
}

/** A process of a new version whose database was not prepared: no message is to blame. */
function olderTables(error: unknown): never {
  if (!(error instanceof pg.DatabaseError) || error.code !== undefinedColumn) throw error
  throw new DatabaseLost(new Error(`its tables are older than this version, run prepare: ${error.message}`))
}

const undefinedColumn = '42703'

function timerRow({ due, message, ...timer }: Timer) {
  return { ...timer, ...('after' in due ? due : { due }), message: JSON.stringify(message) }
}
