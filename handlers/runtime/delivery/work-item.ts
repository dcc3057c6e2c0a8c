import type { ConsumeMessage } from 'amqplib'
import { v5 as uuidv5 } from 'uuid'
import type { Delivery } from '../broker/consume-channel.ts'
import type { InboxRow } from '../database/inbox.ts'
import type { ParkedRow } from '../database/parked.ts'
import { keepsOrder } from '../manifest/order.ts'
import type { Manifest } from '../manifest/schema.ts'
import { header } from '../message/headers.ts'
import { historyOf, type History } from '../message/history.ts'
import type { Outgoing } from '../message/outgoing.ts'
import { fromStored } from '../message/stored-delivery.ts'
import { traceparent } from '../message/trace.ts'
import { accept, fingerprint, isMessageId } from '../message/validate.ts'
import type { AnyOutput } from '../later.ts'
import type { Db, Received, Subscription } from '../on.ts'
import { afterCrashes, afterFailure, afterLeases, inOrder, type Disposition } from './disposition.ts'
import type { Company } from './suspect-gate.ts'
import { laneOf, laneOfInvalid } from './lane.ts'

/** Where a work item comes from, which decides how it is acknowledged. */
export type Source =
  /** A delivery of the broker, acknowledged on its channel. */
  | { readonly kind: 'delivery'; readonly delivery: Delivery; readonly history: History }
  /** A due row of `timers`, acknowledged by deleting it. */
  | { readonly kind: 'timer'; readonly message: Outgoing }
  /** Work from outside of any message. Its caller gets the result; its messages are in `outbox` until they are confirmed. */
  | { readonly kind: 'submission'; readonly work: Work }
  /** A row of `inbox` whose outputs were never marked as confirmed: the process ended between its acknowledgement and that. */
  | { readonly kind: 'inbox' }
  /** A due row of `parked`: a message of an ordered handler that is tried again. */
  | { readonly kind: 'parked'; readonly history: History }
  /** A row of `outbox` that was never confirmed, acknowledged by deleting it. */
  | { readonly kind: 'outbox'; readonly message: Outgoing }

/** What a submission does in its transaction. */
export type Work = (db: Db) => Promise<{ value: unknown; messages: readonly AnyOutput[] }>

/** One thing to do exactly once, from its arrival until it is acknowledged. */
export interface WorkItem {
  readonly source: Source
  /** Its key in the inbox. Undefined for a message without a usable id: such a message can only be dead-lettered. */
  readonly id: string | undefined
  readonly bodyHash: string
  readonly traceparent: string
  readonly received: Received
  readonly subscription: Subscription | undefined
  readonly data: unknown
  readonly arrivedAt: number
  /** The key within which it keeps its place, in an ordered handler. */
  readonly lane?: string | undefined
  /** In an ordered handler: it may have ended its process, so it runs as one of a few, or alone. */
  readonly suspect?: Exclude<Company, 'any'> | undefined
  /** What becomes of such a delivery if the process ends again and again while it is under way. */
  readonly ifGuilty?: Disposition
  /** Set when it arrived as something that must not be handled: invalid, or too often in the hands of a process that ended. */
  readonly disposition: Disposition | undefined
}

/** Whether there is still a delivery or a row to acknowledge. */
export function isAlive({ source }: WorkItem): boolean {
  return source.kind !== 'delivery' || source.delivery.alive
}

/** Milliseconds since it arrived; 0 after the system's clock was set back. */
export function ageOf({ arrivedAt }: WorkItem): number {
  return Math.max(0, Date.now() - arrivedAt)
}

/** The fields of every log line about a message. */
export function logFields({ received, traceparent }: WorkItem) {
  const { id, type, correlationId, causationId, attempt } = received
  return { messageId: id, type, correlationId, causationId, attempt, traceparent }
}

/** A delivery as a work item: checked or, if it must not be handled, with its disposition. */
export function itemOfDelivery(
  delivery: Delivery,
  subscriptions: ReadonlyMap<string, Subscription>,
  manifest: Manifest,
): WorkItem {
  const { raw } = delivery
  const history = historyOf(raw)
  const item = checked(raw, { kind: 'delivery', delivery, history }, history, subscriptions, manifest)
  const { deliveryCount } = header
  const crashed = afterCrashes(raw.fields.redelivered, raw.properties.headers?.[deliveryCount], history)
  if (!crashed || item.disposition) return item
  if (!keepsOrder(manifest)) return { ...item, disposition: crashed }
  // All that a process holds is delivered again when it ends, but few of that were under way.
  return { ...item, suspect: 'few', ifGuilty: inOrder(crashed, item.lane) }
}

/** A parked message as a work item, checked again: the code may be another one by now. */
export function itemOfParked(
  { message, history: stored, leases }: ParkedRow,
  subscriptions: ReadonlyMap<string, Subscription>,
  manifest: Manifest,
): WorkItem {
  const history = JSON.parse(stored) as History
  const item = checked(fromStored(message), { kind: 'parked', history }, history, subscriptions, manifest)
  if (item.disposition) return item
  const crashed = afterLeases(leases, history)
  if (crashed) return { ...item, disposition: inOrder(crashed, item.lane) }
  return { ...item, suspect: leases > 1 || history.crashes > 0 ? 'none' : undefined }
}

function checked(
  raw: ConsumeMessage,
  source: Source,
  history: History,
  subscriptions: ReadonlyMap<string, Subscription>,
  manifest: Manifest,
): WorkItem {
  const bodyHash = fingerprint(raw)
  try {
    const { received, traceparent, subscription, data } = accept(raw, history, subscriptions)
    return {
      source,
      id: received.id,
      bodyHash,
      traceparent,
      received,
      subscription,
      data,
      arrivedAt: Date.now(),
      ...(keepsOrder(manifest) && { lane: laneOf(subscription, data) }),
      disposition: undefined,
    }
  } catch (error) {
    const about = aboutStranger(raw)
    const id = isMessageId(about.id) ? about.id : undefined
    const item = { ...itemOf(source, about), id, bodyHash }
    const disposition = afterFailure(error, about.type, history, manifest.retry)
    if (!keepsOrder(manifest)) return { ...item, disposition }
    const lane = id === undefined ? undefined : laneOfInvalid(raw, error, subscriptions)
    return { ...item, lane, disposition: inOrder(disposition, lane) }
  }
}

export function itemOfSubmission(work: Work, correlationId: string, id: string): WorkItem {
  return itemOf({ kind: 'submission', work }, { id, type: 'submission', correlationId })
}

export function itemOfTimer(id: string, message: Outgoing, subscriptions: ReadonlyMap<string, Subscription>): WorkItem {
  const item = itemOf({ kind: 'timer', message }, aboutOutgoing(message, id))
  const subscription = message.exchange === 'timers' ? subscriptions.get(message.type) : undefined
  return subscription ? { ...item, subscription, data: JSON.parse(message.body) as unknown } : item
}

/** A handled message as if it were delivered again: its outputs are published again. */
export function itemOfInbox({ id, body_hash: bodyHash }: Pick<InboxRow, 'id' | 'body_hash'>): WorkItem {
  return { ...itemOf({ kind: 'inbox' }, { id, type: 'inbox', correlationId: id }), bodyHash }
}

export function itemOfOutbox(message: Outgoing): WorkItem {
  return itemOf({ kind: 'outbox', message }, aboutOutgoing(message, message.id))
}

type About = Pick<Received, 'id' | 'type' | 'correlationId' | 'priority'>

function itemOf(source: Source, about: About): WorkItem {
  const now = Date.now()
  return {
    source,
    id: about.id,
    bodyHash: source.kind,
    traceparent: traceparent(about.correlationId),
    received: { ...about, causationId: undefined, attempt: 1, publishedAt: new Date(now), causeAttempts: 1 },
    subscription: undefined,
    data: undefined,
    arrivedAt: now,
    disposition: undefined,
  }
}

function aboutOutgoing({ type, correlationId, priority }: Outgoing, id: string): About {
  return { id, type, correlationId, priority }
}

/** The claims of a message that cannot be trusted, each cut to a safe length. */
function aboutStranger({ properties }: ConsumeMessage): About {
  const word = (value: unknown, fallback: string) => (typeof value === 'string' ? value.slice(0, 100) : fallback)
  const id = word(properties.messageId, '')
  return {
    id,
    type: word(properties.type, 'unknown'),
    correlationId: word(properties.correlationId, uuidv5(id, uuidv5.URL)),
  }
}
