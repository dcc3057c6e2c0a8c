import type { ConfirmChannel, ConsumeMessage, Options } from 'amqplib'
import type { DeadLetter } from './letter.ts'
import { unrouted } from './letter.ts'
import type { Held } from './read.ts'

/**
 * How far back a dead letter may be sent: as long as an inbox remembers what was handled. An older one might have been handled
 * before, by another delivery, and forgotten since; then its effect would happen twice.
 */
export const oldest = 30 * 86_400_000

/** Why this letter cannot go back, as a sentence; `undefined` if it can. */
export function refusal(letter: DeadLetter, now: Date): string | undefined {
  const name = `${letter.type} ${letter.id ?? '(no id)'}`
  if (letter.handler === unrouted) {
    return `${name} stays: it never reached a queue, so there is none to go back to; publish it again once a handler listens to it`
  }
  if (letter.id === undefined) return `${name} stays: without an id its handler would refuse it again; discard it`
  if (!letter.since || now.getTime() - letter.since.getTime() > oldest) {
    const since = letter.since ? `is from ${letter.since.toISOString()}` : 'does not say how old it is'
    return `${name} stays: it ${since}, and an inbox remembers 30 days, so its effect might happen twice; discard it and publish a new message`
  }
  return undefined
}

/**
 * The message as it goes back to its handler's queue: same id, same body, fresh attempts. Of foreign headers only those that
 * Warren reads are kept, and `userId` is not: the broker accepts nobody's but the operator's own.
 */
export function redriven({ properties }: ConsumeMessage, { origin, redrives }: DeadLetter): Options.Publish {
  const headers: Record<string, unknown> = properties.headers ?? {}
  const { messageId, type, contentType, contentEncoding, correlationId, appId, timestamp, priority } = properties
  const set = { messageId, type, contentType, contentEncoding, correlationId, appId, timestamp, priority }
  return {
    ...Object.fromEntries(Object.entries(set).filter(([, value]) => value !== undefined)),
    headers: {
      ...Object.fromEntries(kept.filter((name) => name in headers).map((name) => [name, headers[name]])),
      'x-origin-user': origin.user,
      'x-origin-key': origin.key,
      'x-redrives': redrives + 1,
    },
    mandatory: true,
    persistent: true,
  }
}

const kept = ['x-causation-id', 'x-published-at', 'x-cause-attempts', 'traceparent']

/**
 * Sends a dead letter back to the one queue that it came from, and lets go of it when the broker has the copy. A crash in
 * between leaves both: they have one id, so the effect happens once.
 *
 * @throws a sentence when the handler's queue is not there; the dead letter then stays
 */
export async function redrive(channel: ConfirmChannel, { letter, message, ack }: Held): Promise<void> {
  let returned = false
  const noteReturn = () => (returned = true)
  channel.on('return', noteReturn)
  try {
    await new Promise<void>((resolve, reject) =>
      channel.publish('redrive', letter.handler, message.content, redriven(message, letter), (error: Error | null) =>
        error ? reject(error) : resolve(),
      ),
    )
  } finally {
    channel.off('return', noteReturn)
  }
  // A returned message is confirmed all the same, after its return.
  if (returned) throw new Error(`${letter.handler} has no queue that exchange redrive knows: deploy the handler first`)
  ack()
}
