import type { ConsumeMessage } from 'amqplib'
import { v5 as uuidv5 } from 'uuid'
import type { Message } from '../contract.ts'
import type { Later } from '../later.ts'
import type { Manifest } from '../manifest/schema.ts'
import type { Db, Received, Subscription } from '../on.ts'
import type { RawDelivery } from '../broker/consumer.ts'
import type { Known } from '../database/inbox.ts'
import { accept, fingerprint, historyOf, isMessageId, type History } from '../message/validate.ts'
import { traceparent, type Outgoing } from '../message/outgoing.ts'
import { crashVerdict, verdict, type Exit } from './disposition.ts'

/** Where an entry comes from, which says how it is acknowledged. */
export type Source =
  /** A delivery of the broker: acknowledged on its channel. */
  | { readonly kind: 'queue'; readonly delivery: RawDelivery; readonly history: History }
  /** A due row of `timers`: acknowledged by deleting it. */
  | { readonly kind: 'timer'; readonly message: Outgoing }
  /** Work from outside of any delivery: acknowledged by answering who waits for it, and by deleting its rows of `outbox`. */
  | { readonly kind: 'submit'; readonly submission: Submission }
  /** A row of `inbox` whose outputs were never marked as confirmed: the process ended between its acknowledgement and that. */
  | { readonly kind: 'inbox' }
  /** A row of `outbox` that no confirm reached: acknowledged by deleting it. */
  | { readonly kind: 'outbox'; readonly message: Outgoing }

export interface Submission {
  readonly work: (db: Db) => Promise<{ value: unknown; messages: readonly (Message | Later)[] }>
  readonly correlationId: string
  answer(value: unknown, confirmed: boolean): void
  fail(error: unknown): void
}

/** One thing to do exactly once, from its arrival until it is acknowledged. */
export interface Entry {
  readonly source: Source
  /** By which the inbox knows it. Undefined for a message without a usable id: it can only leave. */
  readonly id: string | undefined
  readonly bodyHash: string
  readonly traceparent: string
  readonly received: Received
  readonly subscription: Subscription | undefined
  readonly data: unknown
  readonly arrivedAt: number
  /** When it began to wait for a group. */
  readyAt: number
  /** What its call returned. */
  result: { readonly value: unknown } | undefined
  /** Set when it leaves without being handled: then it is not applied, only its copy is published. */
  exit: Exit | undefined
}

/** Whether there is still somebody to acknowledge it to. */
export function isAlive({ source }: Entry): boolean {
  return source.kind !== 'queue' || source.delivery.alive
}

/** What every log line about a message carries. */
export function logFields({ received, traceparent }: Entry) {
  const { id, type, correlationId, causationId, attempt } = received
  return { messageId: id, type, correlationId, causationId, attempt, traceparent }
}

type About = Pick<Received, 'id' | 'type' | 'correlationId'>

/** An entry for what is no delivery of a known message: all that is known of it is its name. */
function bare(source: Source, about: About, subscription?: Subscription, data?: unknown): Entry {
  const now = Date.now()
  return {
    source,
    id: about.id,
    bodyHash: source.kind,
    traceparent: traceparent(about.correlationId),
    subscription,
    data,
    received: { ...about, causationId: undefined, attempt: 1, publishedAt: new Date(now), causeAttempts: 1 },
    arrivedAt: now,
    readyAt: now,
    result: undefined,
    exit: undefined,
  }
}

/** A delivery as an entry: checked or, if it can never be handled or has ended the process before, already on its way out. */
export function entryOfDelivery(
  delivery: RawDelivery,
  subscriptions: ReadonlyMap<string, Subscription>,
  { retry }: Manifest,
): Entry {
  const { raw } = delivery
  const history = historyOf(raw)
  const source: Source = { kind: 'queue', delivery, history }
  const bodyHash = fingerprint(raw)
  try {
    const { received, traceparent, subscription, data } = accept(raw, history, subscriptions)
    const exit = crashVerdict(raw.fields.redelivered, raw.properties.headers?.['x-delivery-count'], history)
    const now = Date.now()
    const { id } = received
    return {
      source,
      id,
      bodyHash,
      traceparent,
      subscription,
      data,
      received,
      arrivedAt: now,
      readyAt: now,
      result: undefined,
      exit,
    }
  } catch (error) {
    const about = stranger(raw)
    const id = isMessageId(about.id) ? about.id : undefined
    return { ...bare(source, about), id, bodyHash, exit: verdict(error, about.type, history, retry) }
  }
}

/** What can be said of a message that nobody may trust: short, whatever it claims. */
function stranger({ properties }: ConsumeMessage): About {
  const word = (value: unknown, fallback: string) => (typeof value === 'string' ? value.slice(0, 100) : fallback)
  const id = word(properties.messageId, '')
  return {
    id,
    type: word(properties.type, 'unknown'),
    correlationId: word(properties.correlationId, uuidv5(id, uuidv5.URL)),
  }
}

export function entryOfSubmission(submission: Submission, id: string): Entry {
  return bare({ kind: 'submit', submission }, { id, type: 'submit', correlationId: submission.correlationId })
}

/** An entry for a timer that is due. */
export function entryOfTimer(id: string, message: Outgoing, subscriptions: ReadonlyMap<string, Subscription>): Entry {
  const subscription = message.exchange === 'timers' ? subscriptions.get(message.type) : undefined
  const data: unknown = subscription && JSON.parse(message.body)
  return bare({ kind: 'timer', message }, aboutOf(message, id), subscription, data)
}

/** An entry for a message that was handled, as if it were delivered again: what it led to is published again. */
export function entryOfInbox({ id, body_hash: bodyHash }: Pick<Known, 'id' | 'body_hash'>): Entry {
  return { ...bare({ kind: 'inbox' }, { id, type: 'inbox', correlationId: id }), bodyHash }
}

/** An entry for a submitted message that was never confirmed. */
export function entryOfOutbox(message: Outgoing): Entry {
  return bare({ kind: 'outbox', message }, aboutOf(message, message.id))
}

function aboutOf({ type, correlationId }: Outgoing, id: string): About {
  return { id, type, correlationId }
}
