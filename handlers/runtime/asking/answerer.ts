import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Delivery } from '../broker/consume-channel.ts'
import { fates, type Fate, type Publication } from '../broker/fate.ts'
import type { Publisher } from '../broker/publisher.ts'
import type { Manifest } from '../manifest/schema.ts'
import type { Identity } from '../message/copy.ts'
import { describe } from '../message/error-text.ts'
import { historyOf } from '../message/history.ts'
import { limits } from '../message/limits.ts'
import { accept } from '../message/validate.ts'
import type { Metrics } from '../observe/metrics.ts'
import type { Db, Received, Subscription } from '../on.ts'
import type { AskFor } from '../question.ts'
import { backOff } from '../time/back-off.ts'
import { TimedOut, within } from '../time/within.ts'
import { anyReply } from '../topology/replies.ts'
import { longestAsk, publishAgain, wakes } from './wire.ts'

export interface AnswererOptions {
  readonly manifest: Manifest
  readonly identity: Identity
  /** Those that answer, by the type of their question. */
  readonly answers: ReadonlyMap<string, Subscription>
  readonly publisher: Publisher
  readonly read: Db['query']
  readonly askFor: AskFor
  readonly metrics: Metrics
  readonly log: Logger
}

export interface Answerer {
  /** Answers a question, then acknowledges it, whatever came of it: its asker waits no longer than its timeout. */
  take(delivery: Delivery): void
  /** Questions in hand. */
  readonly inFlight: number
  /** Resolves when what is in hand is answered. */
  stop(): Promise<void>
}

/** Bytes of an error's sentence in a reply. */
const maxError = 512
const isReplyQueue = new RegExp(anyReply)

/**
 * Answers questions, as many at once as the consumer holds, apart from all other messages. An error, a wrong question too, is a reply
 * with its sentence. A reply whose asker has gone is returned by the broker, counted, and forgotten.
 */
export function createAnswerer(options: AnswererOptions): Answerer {
  const { manifest, identity, answers, publisher, read, askFor, metrics, log } = options
  const held = new Set<Delivery>()
  let drained = () => {}

  async function replyTo({ raw }: Delivery): Promise<{ type: string; outcome: 'answered' | 'failed'; body: string }> {
    let type = 'unknown'
    try {
      const { subscription, data, received } = accept(raw, historyOf(raw), answers)
      type = received.type
      const reply = JSON.stringify({ reply: await run(subscription, data, received) })
      if (Buffer.byteLength(reply) > limits.bodyBytes)
        throw new RangeError(`${type}: a reply may have ${limits.bodyBytes} bytes at most`)
      return { type, outcome: 'answered', body: reply }
    } catch (error) {
      log.warn({ type, err: error }, 'a question could not be answered')
      return { type, outcome: 'failed', body: JSON.stringify({ error: describe(error, maxError) }) }
    }
  }

  async function run({ answer }: Subscription, data: unknown, received: Received): Promise<unknown> {
    const abort = new AbortController()
    const { id, type, correlationId } = received
    const context = {
      message: received,
      signal: abort.signal,
      ask: askFor(received),
      read,
      log: log.child({ messageId: id, type, correlationId }),
    }
    return within(manifest.timeout, Promise.resolve(answer?.(data, context)), () => {
      const error = new TimedOut(`${type}: the answer took longer than ${manifest.timeout} ms`)
      queueMicrotask(() => abort.abort(error))
      return error
    })
  }

  async function handle(delivery: Delivery): Promise<void> {
    if (wakes in (delivery.raw.properties.headers ?? {})) {
      delivery.outlived()
      return delivery.acknowledge()
    }
    const { messageId, replyTo: key } = delivery.raw.properties as { messageId?: unknown; replyTo?: unknown }
    const { type, outcome, body } = await replyTo(delivery)
    delivery.outlived()
    if (typeof key !== 'string' || !isReplyQueue.test(key) || typeof messageId !== 'string') {
      metrics.answered.inc({ type, outcome: 'no asker' })
      return delivery.acknowledge()
    }
    const fate = await published({
      exchange: 'replies',
      key,
      content: Buffer.from(body),
      options: {
        messageId,
        type,
        contentType: 'application/json',
        correlationId: messageId,
        appId: identity.name,
        userId: identity.user,
        mandatory: true,
      },
    })
    const lost = fate === 'returned' ? 'no asker' : 'not sent'
    metrics.answered.inc({ type, outcome: fates[fate].then === 'done' ? outcome : lost })
    delivery.acknowledge()
  }

  /** Tries for as long as any asker can wait; a reply that is returned has no asker left. */
  async function published(reply: Publication): Promise<Fate> {
    const began = performance.now()
    for (let tries = 1; ; tries++) {
      const [fate = 'unknown'] = await publisher.publish([reply])
      const again = fates[fate].then === 'again' && fate !== 'returned'
      if (!again || performance.now() - began > longestAsk) return fate
      await sleep(backOff(tries, publishAgain), undefined, { ref: false })
    }
  }

  return {
    take(delivery) {
      held.add(delivery)
      void handle(delivery).finally(() => {
        held.delete(delivery)
        if (held.size === 0) drained()
      })
    },
    get inFlight() {
      return held.size
    },
    async stop() {
      const empty = new Promise<void>((resolve) => (drained = resolve))
      if (held.size > 0) await empty
    },
  }
}
