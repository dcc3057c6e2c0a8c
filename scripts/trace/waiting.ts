import type { ChannelModel, ConsumeMessage } from 'amqplib'
import { milliseconds } from '#runtime/duration.ts'
import { count, shortText } from '#runtime/message/header-values.ts'
import { header } from '#runtime/message/headers.ts'
import { queueNames, tiers, unrouted, waitQueue } from '#runtime/topology/index.ts'
import { letterOf } from '#runtime/redrive/letter.ts'
import { askBroker } from '../inspect/management.ts'
import { peek } from '#runtime/redrive/peek.ts'
import type { Management, QueueTotals } from '../inspect/queues.ts'
import type { Place } from './operation.ts'

/** A message of an operation in a retry tier or among the dead letters. */
export interface Waiting {
  readonly handler: string
  readonly id: string
  readonly type: string
  readonly correlationId: string | undefined
  readonly causeId: string | undefined
  readonly at: Date | undefined
  readonly place: Extract<Place, { is: 'retry' | 'dead' | 'parked' }>
}

/** How many messages of one queue are looked at: in larger ones, some are not found. */
const most = 20_000
/** Milliseconds without a delivery after which a retry tier counts as read: its messages must go on when their time has come. */
const patience = 200

/**
 * Looks for messages in the retry tiers, among the dead letters and in `unrouted`, without removing any: each returns to its place.
 *
 * @param isWanted whether a message belongs to the operation, by what it carries
 * @returns what was found, and the queues that were too long to be looked at as a whole
 */
export async function lookFor(
  connection: ChannelModel,
  {
    management,
    queues,
    handlers,
  }: { management: Management; queues: ReadonlyMap<string, QueueTotals>; handlers: readonly string[] },
  isWanted: (message: ConsumeMessage) => boolean,
): Promise<{ found: Waiting[]; cut: string[] }> {
  const found: Waiting[] = []
  const cut: string[] = []
  async function look(queue: string, note: (message: ConsumeMessage) => Waiting | undefined, wait?: number) {
    let seen = 0
    for await (const { message } of peek(connection, queue, wait)) {
      const noted = isWanted(message) ? note(message) : undefined
      if (noted) found.push(noted)
      if (++seen < most) continue
      cut.push(queue)
      break
    }
  }
  // The queues of a handler that is not deployed do not exist.
  const isEmpty = (queue: string) => (queues.get(queue)?.ready ?? 0) === 0

  for (const tier of tiers) {
    const queue = waitQueue(tier)
    if (isEmpty(queue)) continue
    const length = await lengthOf(queue, tier, management)
    await look(queue, (message) => retryOf(message, tier, length), patience)
  }
  for (const handler of [...handlers, unrouted]) {
    const names = handler === unrouted ? [unrouted] : queueNames({ name: handler }, 'dead-letters')
    for (const queue of names) if (!isEmpty(queue)) await look(queue, (message) => deadOf(message, handler))
  }
  return { found, cut }
}

/** A message in a retry tier: its routing key names tier and handler. */
function retryOf(message: ConsumeMessage, tier: string, length: number): Waiting | undefined {
  const { fields, properties } = message
  const headers: Record<string, unknown> = properties.headers ?? {}
  const handler = fields.routingKey.slice(tier.length + 1)
  const failed = Date.parse(String(headers[header.lastErrorAt]))
  const error = headers[header.lastError]
  return waitingAt(message, handler, {
    is: 'retry',
    tier,
    until: Number.isNaN(failed) ? undefined : new Date(failed + length),
    attempt: count(headers[header.attempt], 1),
    attempts: undefined,
    error: typeof error === 'string' ? error : '',
  })
}

function deadOf(message: ConsumeMessage, handler: string): Waiting | undefined {
  const { reason, error, diedAt } = letterOf(message, handler)
  return waitingAt(message, handler, { is: 'dead', reason, error, at: diedAt })
}

/** A message that waits at a place, by what it carries; undefined for one without an id. */
export function waitingAt(message: ConsumeMessage, handler: string, place: Waiting['place']): Waiting | undefined {
  const { messageId, type, correlationId, headers } = message.properties as {
    messageId: unknown
    type: unknown
    correlationId: unknown
    headers?: Record<string, unknown>
  }
  if (typeof messageId !== 'string') return undefined
  const published = headers?.[header.publishedAt]
  return {
    handler,
    id: messageId,
    type: shortText(type) ?? '(no type)',
    correlationId: shortText(correlationId),
    causeId: shortText(headers?.[header.causationId]),
    at: typeof published === 'number' && Math.abs(published) <= 8.64e15 ? new Date(published) : undefined,
    place,
  }
}

/** How long messages stay in a tier: by the policy of its queue, which may differ from its name. */
async function lengthOf(queue: string, tier: string, { vhost, ...user }: Management): Promise<number> {
  const path = `queues/${encodeURIComponent(vhost)}/${queue}`
  const answer = await askBroker<{ effective_policy_definition?: { 'message-ttl'?: number } }>(user, path)
  return answer.effective_policy_definition?.['message-ttl'] ?? milliseconds(tier)
}
