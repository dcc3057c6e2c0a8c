import type pg from 'pg'
import type { Outgoing } from '../message/outgoing.ts'
import { all, sendNamed } from './connection.ts'

/** Due timers that one look takes at most: several transactions, so that one is published while the next one is handled. */
export const timersAtOnce = 500

/** Timers that are due now, and the milliseconds until the next one is, if there is one. */
export interface DueTimers {
  readonly timers: readonly { readonly id: string; readonly message: Outgoing }[]
  readonly next: number | undefined
}

/**
 * Takes up to 500 due timers for 30 s: other replicas do not see them meanwhile, and if this process dies they become due again.
 * They lose their names, because a timer that has fired can no longer be cancelled: its row is deleted once its outputs are
 * published.
 */
export async function leaseDueTimers(client: pg.Client): Promise<DueTimers> {
  const [due, following] = (await all<pg.QueryResult>([
    sendNamed(
      client,
      'due',
      `update timers set due = now() + interval '30 s', name = null where id in
         (select id from timers where due <= now() order by due limit ${timersAtOnce} for update skip locked) returning id, message`,
      [],
    ),
    sendNamed(
      client,
      'next',
      `select (extract(epoch from due - clock_timestamp()) * 1000)::float8 as next
       from timers where due > now() order by due limit 1`,
      [],
    ),
  ])) as [pg.QueryResult<{ id: string; message: string }>, pg.QueryResult<{ next: number }>]
  return {
    timers: due.rows.map(({ id, message }) => ({ id, message: JSON.parse(message) as Outgoing })),
    next: following.rows[0]?.next,
  }
}
