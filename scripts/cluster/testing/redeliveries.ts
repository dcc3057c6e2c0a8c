import type { Shop } from '../../local/shop.ts'

interface ListedQueue {
  name: string
  message_stats?: { redeliver?: number }
}

/** How many messages the broker has delivered again since each queue was declared, by queue. */
export async function redeliveries({ amqpUrl, managementUrl }: Shop): Promise<Record<string, number>> {
  const { username, password, pathname } = new URL(amqpUrl)
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
  const response = await fetch(new URL(`/api/queues${pathname}`, managementUrl), { headers: { authorization } })
  if (!response.ok) throw new Error(`the broker's management API answers ${response.status}`)
  const queues = (await response.json()) as ListedQueue[]
  return Object.fromEntries(queues.map(({ name, message_stats }) => [name, message_stats?.redeliver ?? 0]))
}
