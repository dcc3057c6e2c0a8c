/** The broker's management API and one of its users who may read queues, no more. */
export interface Management {
  /** Without user and password. */
  readonly url: string
  readonly user: string
  readonly password: string
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
 * How many messages each queue holds, by name: ready and unacknowledged, which is what KEDA's `protocol: http` adds up.
 *
 * @throws a sentence when the management API cannot be reached within 3 s, as KEDA's own timeout is, or refuses
 */
export async function readQueues({ url, user, password, vhost }: Management): Promise<Map<string, QueueTotals>> {
  const address = new URL(`/api/queues/${encodeURIComponent(vhost)}`, url)
  // Totals straight from the queues: with statistics they are up to 5 s old, and each step of an order would wait that long.
  address.search = 'disable_stats=true&enable_queue_totals=true'
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
  const response = await fetch(address, { headers: { authorization }, signal: AbortSignal.timeout(3_000) }).catch(
    (cause: unknown) => {
      throw new Error(`RabbitMQ's management API at ${url} does not answer`, { cause })
    },
  )
  if (!response.ok)
    throw new Error(`RabbitMQ's management API at ${url} answers ${response.status} to GET ${address.pathname}`)
  const listed = (await response.json()) as ListedQueue[]
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
