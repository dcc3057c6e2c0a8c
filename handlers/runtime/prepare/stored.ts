import type { Client } from 'pg'
import type { Manifest } from '../manifest/schema.ts'
import type { Subscription } from '../on.ts'
import { scheduleType } from '../schedule.ts'
import { Misconfigured } from '../process/settings.ts'

/** Messages that are still to be published, each as it was created. */
const stored = `
  select message::json from timers
  union all select message::json from outbox
  union all select json_array_elements(outputs::json) from inbox where outputs is not null`

/**
 * Compares `handler.yaml` and the code with the messages that earlier code has stored: the broker would keep
 * refusing one of a type that the handler may no longer publish, and with it everything that is published beside it; and a stored
 * timer would fire without a subscription to handle it.
 *
 * @throws Misconfigured with one sentence per line for each type
 */
export async function refuseUnsayable(
  owner: Client,
  { name, emits, sends, announces, notifies }: Manifest,
  subscriptions: readonly Subscription[],
): Promise<void> {
  const { rows } = await owner.query<{ type: string; count: number }>(
    `select message->>'type' as type, count(*)::int from (${stored}) as each (message)
     where message->>'exchange' in ('events', 'commands', 'notify') and message->>'type' <> all ($1) group by 1 order by 1`,
    [[...emits, ...sends, ...announces, ...notifies]],
  )
  const sentence = ({ type, count }: (typeof rows)[number]) =>
    `handlers/${name}/handler.yaml: emits, sends, announces or notifies must name ${type} until its stored messages are published (${count} in timers, outbox or inbox)`
  const awaited = new Set(subscriptions.map(({ contract }) => contract.type))
  const { rows: timers } = await owner.query<{ type: string; count: number }>(
    `select message::json->>'type' as type, count(*)::int from timers where message::json->>'exchange' = 'timers'
       and not starts_with(message::json->>'type', $1) group by 1 order by 1`,
    [scheduleType],
  )
  const unawaited = timers
    .filter(({ type }) => !awaited.has(type))
    .map(
      ({ type, count }) =>
        `handlers/${name}/handler.ts: a subscription must handle ${type} until its stored timers have fired (${count})`,
    )
  const reasons = [...rows.map(sentence), ...unawaited]
  if (reasons.length > 0) throw new Misconfigured(reasons.join('\n'))
}
