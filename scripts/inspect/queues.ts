import { askBroker, type ManagementUser } from './management.ts'

/** A virtual host, and a user who may at least read the totals of its queues. */
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
 * The messages that each queue holds, by name: ready and unacknowledged, which KEDA's `protocol: http` adds up.
 *
 * @throws a sentence when the management API refuses, or does not answer within 3 s, which is KEDA's own timeout
 */
export async function readQueues({ vhost, ...user }: Management): Promise<Map<string, QueueTotals>> {
  // Totals straight from the queues: statistics are up to 5 s old, and each step of an order would wait that long.
  const path = `queues/${encodeURIComponent(vhost)}?disable_stats=true&enable_queue_totals=true`
  const listed = await askBroker<ListedQueue[]>(user, path, { within: 3_000 })
  return new Map(
    listed.map(({ name, messages_ready = 0, messages_unacknowledged = 0 }) => [
      name,
      { ready: messages_ready, unacknowledged: messages_unacknowledged },
    ]),
  )
}

/**
 * What several queues hold together; `undefined` while the totals are unknown. A queue that does not exist holds nothing: a
 * handler without subscriptions has none.
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
