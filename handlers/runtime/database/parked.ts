import type pg from 'pg'
import { all, send, sendNamed } from './connection.ts'

/** A message of an ordered handler that could not be handled, or that came behind such a one of its key. */
export interface ParkedRow {
  readonly id: string
  readonly key: string
  /** The message as it was delivered, as JSON. */
  readonly message: string
  readonly history: string
  /** How often it was taken since its last failure, this time included. */
  readonly leases: number
}

/** A message to park: `after` is undefined for one behind another, and null for one that rests until an operator sends it on. */
export interface Parking extends Omit<ParkedRow, 'leases'> {
  readonly after: number | null | undefined
  readonly reason: string | null
  readonly error: string | null
}

/** What a transaction does to the parked messages. */
export interface ParkedChanges {
  /** Deliveries to park, in their order. */
  readonly parked: readonly Parking[]
  /** Parked messages that have failed again. */
  readonly failed: readonly Parking[]
  /** Parked messages that are handled: the next of each key is due at once. */
  readonly done: readonly Pick<ParkedRow, 'id' | 'key'>[]
}

/** Plans of an empty table must not read all of a full one: see `inbox.ts`. */
const byIndex = `set local enable_seqscan to off`
const asEver = 'set local enable_seqscan to default'

/** Which of these keys have parked messages, in the transaction that is open. */
export async function parkedKeys(client: pg.Client, keys: readonly string[]): Promise<ReadonlySet<string>> {
  const [, found] = await all([
    send(client, byIndex),
    sendNamed<{ key: string }>(client, 'parked', `select distinct key from parked where key = any($1) and not done`, [
      keys,
    ]),
    send(client, asEver),
  ])
  return new Set((found as pg.QueryResult<{ key: string }>).rows.map(({ key }) => key))
}

/** Stores the changes in the transaction that is open. Not awaited by its caller before the commit is sent. */
export function changeParked(client: pg.Client, { parked, failed, done }: ParkedChanges): Promise<unknown>[] {
  if (parked.length + failed.length + done.length === 0) return []
  return [
    send(client, byIndex),
    ...(parked.length === 0
      ? []
      : [
          // Another replica may have parked a message that its broker's connection lost.
          sendNamed(
            client,
            'park',
            `insert into parked (id, key, message, history, due, reason, error)
             select id, key, message, history, clock_timestamp() + after * interval '1 ms', reason, error
             from json_to_recordset($1) as row (id uuid, key text, message text, history text, after float8, reason text, error text)
             on conflict (id) do nothing`,
            [JSON.stringify(parked)],
          ),
        ]),
    ...(failed.length === 0
      ? []
      : [
          sendNamed(
            client,
            'parked_again',
            `update parked set history = row.history, due = clock_timestamp() + after * interval '1 ms', leases = 0,
               reason = row.reason, error = row.error
             from json_to_recordset($1) as row (id uuid, history text, after float8, reason text, error text)
             where parked.id = row.id`,
            [JSON.stringify(failed)],
          ),
        ]),
    ...(done.length === 0
      ? []
      : [
          sendNamed(
            client,
            'unparked',
            `update parked set done = true, due = now() + interval '30 s' where id = any($1::uuid[])`,
            [done.map(({ id }) => id)],
          ),
          sendNamed(
            client,
            'next_parked',
            `update parked set due = clock_timestamp() where reason is null and position in
               (select min(position) from parked where key = any($1) and not done group by key)`,
            [done.map(({ key }) => key)],
          ),
        ]),
  ]
}

/**
 * Takes up to 100 parked messages that are due for 30 s, at most one of a key. One that was taken before and did not come to an end may have
 * ended its process, so it is taken alone. Rows of handled messages are deleted once what they led to is confirmed.
 *
 * @param held messages that this process has in hand: their lease is only renewed
 */
export async function leaseParked(client: pg.Client, held: readonly string[]): Promise<ParkedRow[]> {
  await sendNamed(
    client,
    'parked_done',
    `delete from parked where done and not exists
       (select from inbox where inbox.id = parked.id and inbox.outputs is not null)`,
    [],
  )
  const lease = (name: string, which: string) =>
    sendNamed<ParkedRow>(
      client,
      name,
      `update parked set due = now() + interval '30 s', leases = leases + (id <> all($1::uuid[]))::int where position in
         (select position from parked where due <= now() and not done and ${which} for update skip locked)
       returning id, key, message, history, leases`,
      [held],
    )
  const { rows } = await lease('due_parked', 'leases = 0 order by due limit 100')
  return rows.length > 0 ? rows : (await lease('due_suspect', 'leases > 0 order by due limit 1')).rows
}

/** How many keys have a parked message that will be tried again, and how many one that rests; counted up to 1,000. */
export async function countParked(client: pg.Client): Promise<{ waiting: number; resting: number }> {
  const { rows } = await sendNamed<{ waiting: number; resting: number }>(
    client,
    'count_parked',
    `select count(*) filter (where due is not null)::int as waiting, count(*) filter (where due is null)::int as resting
     from (select due from parked where due is not null or reason is not null limit 1000) as heads`,
    [],
  )
  return rows[0] ?? { waiting: 0, resting: 0 }
}
