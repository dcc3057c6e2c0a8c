import type { Client } from 'pg'
import type { Manifest } from '../manifest/schema.ts'
import { Misconfigured } from '../process/settings.ts'

/** Messages that are still to be published, each as it was when it was made. */
const stored = `
  select message::json from timers
  union all select message::json from outbox
  union all select json_array_elements(outputs::json) from inbox where outputs is not null`

/**
 * Compares `handler.yaml` with the messages that earlier code has stored: the broker would refuse one of a type that the handler
 * may no longer say, again and again, and with it all that is published beside it.
 *
 * @throws Misconfigured with one sentence a line for each type
 */
export async function refuseUnsayable(owner: Client, { name, emits, sends }: Manifest): Promise<void> {
  const { rows } = await owner.query<{ type: string; count: number }>(
    `select message->>'type' as type, count(*)::int from (${stored}) as each (message)
     where message->>'exchange' in ('events', 'commands') and message->>'type' <> all ($1) group by 1 order by 1`,
    [[...emits, ...sends]],
  )
  if (rows.length === 0) return
  const sentence = ({ type, count }: (typeof rows)[number]) =>
    `handlers/${name}/handler.yaml: emits or sends must name ${type} until its stored messages are published (${count} in timers, outbox or inbox)`
  throw new Misconfigured(rows.map(sentence).join('\n'))
}
