import type pg from 'pg'
import { transactionTimeout } from '../manifest/limits.ts'
import { limitsTransactions, send } from './connection.ts'
import type { Outgoing, Timer } from '../message/outgoing.ts'

/** Held until the end of a group's transaction: one writer for each handler's database, so groups of replicas cannot deadlock or race. */
const lock = `select pg_advisory_xact_lock(hashtext('warren'))`
/** The time of a transaction counts from when it has the lock: waiting for it is no fault. */
const lockAndLimit = `${lock}, set_config('transaction_timeout', '${transactionTimeout}', true)`

/** Rows whose work is done everywhere: emptied and deleted in the next transaction, which is their acknowledgement. */
export interface Confirmed {
  readonly inbox: string[]
  readonly timers: string[]
  readonly outbox: string[]
}

export interface Known {
  readonly id: string
  readonly body_hash: string
  readonly outputs: string | null
}

export interface Handled {
  readonly id: string
  readonly body_hash: string
  readonly outputs: string | null
}

/** Begins a group: takes the lock, acknowledges what was confirmed, and tells which of these ids were handled before. One round trip. */
export async function beginGroup(
  client: pg.Client,
  ids: readonly string[],
  confirmed: Confirmed,
): Promise<Map<string, Known>> {
  const results = [
    send(client, 'begin'),
    send(client, { name: 'lock', text: limitsTransactions(client) ? lockAndLimit : lock }),
    confirmed.inbox.length > 0 &&
      run(client, 'empty', `update inbox set outputs = null where id = any($1::uuid[])`, [confirmed.inbox]),
    confirmed.timers.length > 0 &&
      run(client, 'fired', `delete from timers where id = any($1::uuid[])`, [confirmed.timers]),
    confirmed.outbox.length > 0 &&
      run(client, 'sent', `delete from outbox where id = any($1::uuid[])`, [confirmed.outbox]),
    ids.length > 0 &&
      run<Known>(client, 'known', `select id, body_hash, outputs from inbox where id = any($1::uuid[])`, [ids]),
  ]
  const settled = await all(results)
  const known = settled.at(-1)
  return new Map(known ? (known as pg.QueryResult<Known>).rows.map((row) => [row.id, row]) : [])
}

/**
 * Ends a group: records what was handled, stores timers and submitted messages, commits. One round trip. Throws when the server
 * rolled back instead, because a statement had failed and nobody had looked.
 */
export async function commitGroup(
  client: pg.Client,
  { handled, timers, outbox }: { handled: readonly Handled[]; timers: readonly Timer[]; outbox: readonly Outgoing[] },
): Promise<void> {
  const results = await all([
    handled.length > 0 &&
      run(
        client,
        'handled',
        `insert into inbox (id, body_hash, outputs) select id, body_hash, outputs
         from json_to_recordset($1) as row (id uuid, body_hash text, outputs text)`,
        [JSON.stringify(handled)],
      ),
    timers.length > 0 &&
      run(
        client,
        'timers',
        `insert into timers (id, due, name, message) select id, due, name, message
         from json_to_recordset($1) as row (id uuid, due timestamptz, name text, message text) on conflict (id) do nothing`,
        [JSON.stringify(timers.map(({ message, ...timer }) => ({ ...timer, message: JSON.stringify(message) })))],
      ),
    outbox.length > 0 &&
      run(
        client,
        'outbox',
        `insert into outbox (id, message) select id, message from json_to_recordset($1) as row (id uuid, message text)`,
        [JSON.stringify(outbox.map((message) => ({ id: message.id, message: JSON.stringify(message) })))],
      ),
    send(client, 'commit'),
  ])
  const committed = results.at(-1) as pg.QueryResult
  if (committed.command !== 'COMMIT')
    throw new Error('a statement of the transaction had failed, so it was rolled back')
}

/**
 * Takes up to 100 due timers for 30 s: no other replica sees them meanwhile, and if this process dies they come back. Without their
 * name, for one that has fired can no longer be cancelled: its row goes when what it led to is published.
 */
export async function leaseDueTimers(client: pg.Client): Promise<{ id: string; message: Outgoing }[]> {
  const { rows } = await run<{ id: string; message: string }>(
    client,
    'due',
    `update timers set due = now() + interval '30 s', name = null where id in
       (select id from timers where due <= now() order by due limit 100 for update skip locked) returning id, message`,
    [],
  )
  return rows.map(({ id, message }) => ({ id, message: JSON.parse(message) as Outgoing }))
}

/** Submitted messages that were stored 10 s ago or earlier and are still not confirmed. */
export async function leaseUnconfirmed(client: pg.Client): Promise<Outgoing[]> {
  const { rows } = await run<{ message: string }>(
    client,
    'unconfirmed',
    `update outbox set stored_at = now() where id in
       (select id from outbox where stored_at <= now() - interval '10 s' order by stored_at limit 100 for update skip locked)
     returning message`,
    [],
  )
  return rows.map(({ message }) => JSON.parse(message) as Outgoing)
}

/**
 * Handled messages of the given time whose outputs nobody marked as confirmed. Read by time, which BRIN finds: an index on what is
 * not confirmed would have to change with every confirm.
 */
export async function unconfirmedOutputs(client: pg.Client, since: string): Promise<Pick<Known, 'id' | 'body_hash'>[]> {
  const { rows } = await run<Pick<Known, 'id' | 'body_hash'>>(
    client,
    'unmarked',
    `select id, body_hash from inbox where handled_at between now() - $1::interval and now() - interval '1 min' and outputs is not null limit 100`,
    [since],
  )
  return rows
}

/**
 * Forgets up to 1,000 messages that were handled longer ago than any redrive is allowed to reach back. One whose outputs were never
 * confirmed is kept.
 *
 * @returns whether more may be left
 */
export async function forgetOld(client: pg.Client): Promise<boolean> {
  const { rowCount } = await run(
    client,
    'forget',
    `delete from inbox where id in (select id from inbox where handled_at < now() - interval '${retention}' and outputs is null limit 1000)`,
    [],
  )
  return rowCount === 1_000
}

export const retention = '30 days'

function run<Row extends pg.QueryResultRow>(client: pg.Client, name: string, text: string, values: unknown[]) {
  return send<Row>(client, { name: `warren_${name}`, text, values })
}

/** Waits for all, so that no pipelined statement is left behind, and throws the first error: the others only follow from it. */
export async function all<Value>(promises: readonly (Value | false | Promise<Value>)[]): Promise<(Value | false)[]> {
  const settled = await Promise.allSettled(promises)
  const failed = settled.find((one) => one.status === 'rejected')
  if (failed) throw failed.reason
  return settled.map((one) => (one as PromiseFulfilledResult<Value | false>).value)
}
