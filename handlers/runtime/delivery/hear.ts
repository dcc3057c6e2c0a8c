import type { ConsumeMessage } from 'amqplib'
import type { Logger } from 'pino'
import type { Connection } from '../broker/connection.ts'
import { readStream, type ReadOptions } from '../broker/stream-reader.ts'
import type { Manifest } from '../manifest/schema.ts'
import { describe } from '../message/error-text.ts'
import { historyOf } from '../message/history.ts'
import { accept } from '../message/validate.ts'
import type { Metrics } from '../observe/metrics.ts'
import type { Subscription } from '../on.ts'
import { TimedOut, within } from '../time/within.ts'
import { broadcasts } from '../topology/queues.ts'

/** More than the stream can hold: each of its messages takes a hundred bytes at least. */
const remembered = 50_000

/**
 * Hears the broadcasts of these subscriptions: each once, in the order of their publication. One that is malformed, or whose function
 * throws or takes longer than the handler's timeout, is logged, counted and left behind.
 */
export function hearBroadcasts(
  url: string,
  { name, timeout }: Manifest,
  subscriptions: ReadonlyMap<string, Subscription>,
  { metrics, log, tried }: { metrics: Metrics; log: Logger; tried: ReadOptions['tried'] },
): Connection {
  const known = new Set<string>()

  async function read(raw: ConsumeMessage): Promise<void> {
    const type = raw.properties.type as unknown
    if (typeof type !== 'string' || !subscriptions.has(type)) return
    const outcome = await hear(raw, type)
    if (outcome !== undefined) metrics.broadcasts.inc({ type, outcome })
  }

  async function hear(raw: ConsumeMessage, type: string): Promise<'heard' | 'failed' | 'malformed' | undefined> {
    let accepted
    try {
      accepted = accept(raw, historyOf(raw), subscriptions)
    } catch (error) {
      log.error({ type, messageId: raw.properties.messageId as unknown, reason: describe(error) }, 'broadcast skipped')
      return 'malformed'
    }
    const { subscription, data, received } = accepted
    if (known.has(received.id)) return undefined
    if (known.size >= remembered) known.delete(known.values().next().value as string)
    known.add(received.id)
    try {
      const late = () => new TimedOut(`${name}: hearing ${type} took longer than ${timeout} ms`)
      await within(timeout, Promise.resolve(subscription.hear?.(data, { message: received, log })), late)
      return 'heard'
    } catch (error) {
      log.error({ type, messageId: received.id, err: error }, 'broadcast failed')
      return 'failed'
    }
  }

  return readStream(url, `${name} hears`, { queue: broadcasts, read, log, tried })
}
