import type { ConsumeMessage } from 'amqplib'
import type { EventSubscription } from '#runtime/manifest/index.ts'
import { matches } from '../inspect/topic.ts'

/**
 * Whether a message in `unrouted` is an event that no handler subscribes to. It is no dead letter: nothing was to become of it. An event
 * that a handler does subscribe to is one, because its queue was not bound when the event came.
 */
export function isUnheard({ fields }: ConsumeMessage, subscriptions: readonly EventSubscription[]): boolean {
  return (
    // A notification was addressed to no one: its headers matched no subscription.
    fields.exchange === 'notify' ||
    (fields.exchange === 'events' &&
      !subscriptions.some(({ type, key }) => matches(`${type}.${key}`, fields.routingKey)))
  )
}

/** A sentence about such events, by their types; undefined if there are none. */
export function unheardNote(types: ReadonlyMap<string, number>): string | undefined {
  if (types.size === 0) return undefined
  const counted = [...types].map(([type, count]) => `${count.toLocaleString('en')} ${type}`)
  return `Apart from them, ${counted.join(', ')}: events without a subscriber, which are no failure (--handler unrouted lists them).`
}
