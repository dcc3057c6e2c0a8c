import { tiers, waitQueue, type Tier } from '#runtime/topology/index.ts'
import { askBroker, RefusedByBroker, type ManagementUser } from './management.ts'

/** A virtual host, and a user who may read the totals of its queues. */
export interface Management extends ManagementUser {
  readonly vhost: string
}

export interface QueueTotals {
  readonly ready: number
  readonly unacknowledged: number
}

interface ListedQueue {
  name: string
  messages_ready?: number
  messages_unacknowledged?: number
}

/**
 * The messages in each queue, by the queue's name: ready and unacknowledged. KEDA scales on their sum (`protocol: http`).
 *
 * @throws an error if the management API refuses the request or does not respond within 3 s, KEDA's own timeout
 */
export async function readQueues({ vhost, ...user }: Management): Promise<Map<string, QueueTotals>> {
  // Totals come directly from the queues: statistics are up to 5 s old, which would delay each step of an order.
  const path = `queues/${encodeURIComponent(vhost)}?disable_stats=true&enable_queue_totals=true`
  const listed = await askBroker<ListedQueue[]>(user, path, { within: 3_000 }).catch((error: unknown) => {
    if (!(error instanceof RefusedByBroker) || error.status !== 401) throw error
    const sentence = `RabbitMQ's management API at ${user.url} refuses the password of its user ${user.user} (401), so the counts of its queues are unknown`
    throw new RefusedByBroker(sentence, error.status, error.reason)
  })
  return new Map(
    listed.map(({ name, messages_ready = 0, messages_unacknowledged = 0 }) => [
      name,
      { ready: messages_ready, unacknowledged: messages_unacknowledged },
    ]),
  )
}

/**
 * The totals of several queues together; `undefined` while they are unknown. A missing queue counts as empty, because a handler
 * without subscriptions has no queue.
 */
export function totalsOf(
  queues: ReadonlyMap<string, QueueTotals> | undefined,
  names: readonly string[],
): QueueTotals | undefined {
  if (!queues) return undefined
  const found = names.flatMap((name) => queues.get(name) ?? [])
  return {
    ready: found.reduce((total, { ready }) => total + ready, 0),
    unacknowledged: found.reduce((total, { unacknowledged }) => total + unacknowledged, 0),
  }
}

/** How many messages wait in each wait queue: those of all handlers, which share them. The broker counts them exactly. */
export function waitingIn(queues: ReadonlyMap<string, QueueTotals>): Record<Tier, number> {
  const waiting = tiers.map((tier) => [tier, totalsOf(queues, [waitQueue(tier)])?.ready ?? 0])
  return Object.fromEntries(waiting) as Record<Tier, number>
}

/** What waits in the wait queues, in words: `5s: 3, 10m: 12`. */
export function waitingInWords(queues: ReadonlyMap<string, QueueTotals> | undefined): string {
  if (!queues) return '?'
  const some = Object.entries(waitingIn(queues)).filter(([, count]) => count > 0)
  return some.length === 0 ? 'empty' : some.map(([tier, count]) => `${tier}: ${count}`).join(', ')
}
