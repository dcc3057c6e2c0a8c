import type { Shop } from '../../inspect/shop.ts'

interface ListedQueue {
  name: string
  message_stats?: { redeliver?: number }
}

/** Redeliveries since each queue was declared, by queue. */
export async function redeliveries(shop: Shop): Promise<Record<string, number>> {
  const queues = (await ask(shop, 'queues')) as ListedQueue[]
  return Object.fromEntries(queues.map(({ name, message_stats }) => [name, message_stats?.redeliver ?? 0]))
}

/** The policy that applies to a queue. */
export async function policyOf(shop: Shop, queue: string): Promise<Record<string, unknown>> {
  const { effective_policy_definition } = (await ask(shop, 'queues', queue)) as {
    effective_policy_definition: Record<string, unknown>
  }
  return effective_policy_definition
}

/** Messages in a queue, unacknowledged ones included. */
export async function messagesIn(shop: Shop, queue: string): Promise<number> {
  const { messages } = (await ask(shop, 'queues', queue)) as { messages: number }
  return messages
}

async function ask({ amqpUrl, managementUrl }: Shop, kind: string, name?: string): Promise<unknown> {
  const { username, password, pathname } = new URL(amqpUrl)
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
  const path = `/api/${kind}${pathname}${name === undefined ? '' : `/${name}`}`
  const response = await fetch(new URL(path, managementUrl), { headers: { authorization } })
  if (!response.ok) throw new Error(`the broker's management API answers ${response.status} to GET ${path}`)
  return response.json()
}
