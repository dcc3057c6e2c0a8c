import { askBroker } from '../../../inspect/management.ts'
import { managementOf } from '../../../inspect/system.ts'
import type { Shop } from '../../../shop/shop.ts'

interface ListedQueue {
  name: string
  message_stats?: { redeliver?: number }
}

/** Redeliveries since each queue was declared, by queue. */
export async function redeliveries(shop: Shop): Promise<Record<string, number>> {
  const queues = await ask<ListedQueue[]>(shop, 'queues')
  return Object.fromEntries(queues.map(({ name, message_stats }) => [name, message_stats?.redeliver ?? 0]))
}

/** The policy that applies to a queue. */
export async function policyOf(shop: Shop, queue: string): Promise<Record<string, unknown>> {
  const { effective_policy_definition } = await ask<{ effective_policy_definition: Record<string, unknown> }>(
    shop,
    'queues',
    queue,
  )
  return effective_policy_definition
}

/** Messages in a queue, unacknowledged ones included. */
export async function messagesIn(shop: Shop, queue: string): Promise<number> {
  const { messages } = await ask<{ messages: number }>(shop, 'queues', queue)
  return messages
}

function ask<Answer>(shop: Shop, kind: string, name?: string): Promise<Answer> {
  const { vhost, ...operator } = managementOf(shop)
  return askBroker(operator, [kind, vhost, ...(name === undefined ? [] : [name])].map(encodeURIComponent).join('/'))
}
