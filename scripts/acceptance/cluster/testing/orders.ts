import { randomUUID } from 'node:crypto'
import { issueToken } from '#contracts'
import type { Shop } from '../../../shop/shop.ts'

interface PlacedOrder {
  readonly id: string
  /** When the gateway accepted it, as `Date.now()`. */
  readonly placedAt: number
  status(): Promise<string>
}

/** Places a valid order for a new customer. Throws when the gateway does not accept it. */
export async function placeOrder({
  gatewayUrl,
  authSecret,
}: Pick<Shop, 'gatewayUrl' | 'authSecret'>): Promise<PlacedOrder> {
  const customer = `customer-${randomUUID().slice(0, 8)}`
  const token = await issueToken(authSecret, { id: customer, email: `${customer}@customers.example` })
  const authorization = `Bearer ${token}`
  const response = await fetch(`${gatewayUrl}/api/orders`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json', 'idempotency-key': randomUUID() },
    body: JSON.stringify({
      lines: [{ sku: 'BOOK-1', quantity: 1 }],
      card: 'tok_visa',
      shipTo: { name: 'Ada', street: 'Long Street 1', city: 'London', postalCode: '10001', country: 'GB' },
    }),
  })
  if (response.status !== 202) throw new Error(`the gateway answers ${response.status}: ${await response.text()}`)
  const placedAt = Date.now()
  const { orderId } = (await response.json()) as { orderId: string }
  return {
    id: orderId,
    placedAt,
    async status() {
      const answer = await fetch(`${gatewayUrl}/api/orders/${orderId}`, { headers: { authorization } })
      return ((await answer.json()) as { status: string }).status
    },
  }
}
