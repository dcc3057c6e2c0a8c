import type { ConsumeMessage } from 'amqplib'
import type { EventSubscription } from '#runtime/manifest/index.ts'

/**
 * Whether a message in `unrouted` is an event that no handler subscribes to. It is no dead letter: nothing was to become of it. An event
 * that a handler does subscribe to is one, because its queue was not bound when the event came.
 */
export function isUnheard({ fields }: ConsumeMessage, subscriptions: readonly EventSubscription[]): boolean {
  return (
    fields.exchange === 'events' &&
    !subscriptions.some(({ type, key }) => takes(`${type}.${key}`.split('.'), fields.routingKey.split('.')))
  )
}

/** As a topic exchange compares: `*` is any word, `#` any number of words. */
function takes([first, ...pattern]: readonly string[], words: readonly string[]): boolean {
  if (first === undefined) return words.length === 0
  if (first === '#') return takes(pattern, words) || (words.length > 0 && takes(['#', ...pattern], words.slice(1)))
  return words.length > 0 && (first === '*' || first === words[0]) && takes(pattern, words.slice(1))
}

/** A sentence about such events, by their types; undefined if there are none. */
export function unheardNote(types: ReadonlyMap<string, number>): string | undefined {
  if (types.size === 0) return undefined
  const counted = [...types].map(([type, count]) => `${count.toLocaleString('en')} ${type}`)
  return `Apart from them, ${counted.join(', ')}: events without a subscriber, which are no failure (--handler unrouted lists them).`
}
