import type { ConfirmChannel, ConsumeMessage, Options } from 'amqplib'
import { inboxRetentionDays } from '../manifest/limits.ts'
import { carriedHeaders, carriedProperties } from '../message/carried.ts'
import { cut, maxText } from '../message/header-values.ts'
import { header } from '../message/headers.ts'
import { unrouted } from '../topology/index.ts'
import type { DeadLetter } from './letter.ts'
import type { Held } from './read.ts'

/** A sentence that explains why this letter cannot be redriven; `undefined` if it can. */
export function refusal(letter: DeadLetter, now: Date): string | undefined {
  const name = `${letter.type} ${letter.id ?? '(no id)'}`
  if (letter.handler === unrouted) {
    return `${name} stays: it never reached a queue, so it has none to return to; publish it again once a handler subscribes to it`
  }
  if (letter.id === undefined)
    return `${name} stays: its handler would dead-letter a message without an id again; discard it`
  if (!letter.since || now.getTime() - letter.since.getTime() > inboxRetentionDays * 86_400_000) {
    const since = letter.since ? `is from ${letter.since.toISOString()}` : 'carries no date'
    return (
      `${name} stays: it ${since}, and an inbox remembers a message for ${inboxRetentionDays} days, ` +
      'so its effect could happen twice; discard it and publish a new message'
    )
  }
  return undefined
}

/**
 * The message as it returns to its handler's queue: same id, same body, all attempts available again. Only the headers in
 * `carriedOn` are kept. `userId` is dropped, since the broker accepts only the operator's own.
 */
export function redriven(
  { properties }: ConsumeMessage,
  { origin, redrives, scheduledRedrives }: DeadLetter,
  bySchedule = false,
): Options.Publish {
  return {
    ...carriedProperties(properties),
    headers: {
      ...carriedHeaders(properties.headers),
      [header.originUser]: cut(origin.user, maxText),
      [header.originKey]: cut(origin.key, maxText),
      [header.redrives]: redrives + 1,
      ...(bySchedule && { [header.scheduledRedrives]: scheduledRedrives + 1 }),
    },
    mandatory: true,
    persistent: true,
  }
}

/** The way on which a letter goes back to its handler. */
export interface Way {
  readonly exchange: 'redrive' | 'delay'
  readonly key: string
  /** Whether no person has asked for it. */
  readonly bySchedule?: boolean
}

/**
 * Publishes a dead letter to the queue that it came from, and acknowledges it after the broker has confirmed the copy. A crash in
 * between leaves both; they have the same id, so the effect happens once.
 *
 * @throws an error if the handler's queue does not exist; the dead letter then stays
 */
export async function redrive(
  channel: ConfirmChannel,
  { letter, message, ack, release }: Held,
  { exchange, key, bySchedule = false }: Way,
): Promise<void> {
  if (release) return release()
  let returned = false
  const noteReturn = () => (returned = true)
  channel.on('return', noteReturn)
  try {
    await new Promise<void>((resolve, reject) =>
      channel.publish(exchange, key, message.content, redriven(message, letter, bySchedule), (error: Error | null) =>
        error ? reject(error) : resolve(),
      ),
    )
  } finally {
    channel.off('return', noteReturn)
  }
  // A returned message is confirmed all the same, after its return.
  if (returned)
    throw new Error(`exchange ${exchange} is bound to no queue of ${letter.handler}: deploy the handler first`)
  await ack()
}
