import { randomUUID } from 'node:crypto'
import { relative } from 'node:path'
import { issueToken, orderIdOf, type Customer } from '#contracts'
import type { Shop } from '../inspect/shop.ts'

const ada: Customer = { id: 'ada', email: 'ada@customers.example' }

const order = {
  lines: [
    { sku: 'BOOK-1', quantity: 1 },
    { sku: 'PEN-1', quantity: 2 },
  ],
  card: 'tok_visa',
  shipTo: {
    name: 'Ada Lovelace',
    street: '12 St James Square',
    city: 'London',
    postalCode: 'SW1Y 4JH',
    country: 'GB',
  },
}

/** The next steps after a start: an order to place, and where mails, logs and the API are. */
export async function welcome({ gatewayUrl, authSecret, mails }: Shop, logs: string): Promise<string> {
  return `${await invitation(gatewayUrl, authSecret)}

  mails  ${fromHere(mails)}
  logs   ${fromHere(logs)}
  API    ${gatewayUrl}/openapi.json

Ctrl-C stops everything.
`
}

/** The two commands of `firstOrder` with a word of explanation. */
export async function invitation(gatewayUrl: string, secret: string): Promise<string> {
  const { place, follow } = await firstOrder(gatewayUrl, secret)
  return `Place an order:

${place}

and see its status:

${follow}`
}

/**
 * Two commands to paste into a shell: one places an order, the other shows its status. The order's id follows from customer and
 * key, so pasting the first one twice places one order.
 *
 * @param secret the gateway's secret for tokens
 */
export async function firstOrder(gatewayUrl: string, secret: string): Promise<{ place: string; follow: string }> {
  const token = await issueToken(secret, ada)
  const key = `first-order-${randomUUID().slice(0, 8)}`
  const place = [
    `curl -i ${gatewayUrl}/api/orders`,
    `-H 'authorization: Bearer ${token}'`,
    `-H 'idempotency-key: ${key}'`,
    `-H 'content-type: application/json'`,
    `-d '${JSON.stringify(order)}'`,
  ]
  const follow = [`curl ${gatewayUrl}/api/orders/${orderIdOf(ada.id, key)}`, `-H 'authorization: Bearer ${token}'`]
  return { place: place.join(' \\\n  '), follow: follow.join(' \\\n  ') }
}

function fromHere(path: string): string {
  const short = relative('.', path)
  return short.startsWith('..') ? path : short
}
