import type pg from 'pg'
import type { Outgoing } from '../message/outgoing.ts'
import { sendNamed } from './connection.ts'

/** Due timers that one look takes at most. */
export const timersAtOnce = 100

/**
 * Takes up to 100 due timers for 30 s: other replicas do not see them meanwhile, and if this process dies they become due again.
 * They lose their names, because a timer that has fired can no longer be cancelled: its row is deleted once its outputs are
 * published.
 */
export async function leaseDueTimers(client: pg.Client): Promise<{ id: string; message: Outgoing }[]> {
  const { rows } = await sendNamed<{ id: string; message: string }>(
    client,
    'due',
    `update timers set due = now() + interval '30 s', name = null where id in
       (select id from timers where due <= now() order by due limit ${timersAtOnce} for update skip locked) returning id, message`,
    [],
  )
  return rows.map(({ id, message }) => ({ id, message: JSON.parse(message) as Outgoing }))
}
