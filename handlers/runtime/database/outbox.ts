import type pg from 'pg'
import type { Outgoing } from '../message/outgoing.ts'
import { sendNamed } from './connection.ts'

/** Submitted messages that were stored 10 s ago or earlier and are still not confirmed, up to 100, for another 10 s. */
export async function leaseUnconfirmed(client: pg.Client): Promise<Outgoing[]> {
  const { rows } = await sendNamed<{ message: string }>(
    client,
    'unconfirmed',
    `update outbox set stored_at = now() where id in
       (select id from outbox where stored_at <= now() - interval '10 s' order by stored_at limit 100 for update skip locked)
     returning message`,
    [],
  )
  return rows.map(({ message }) => JSON.parse(message) as Outgoing)
}
