import { randomUUID } from 'node:crypto'
import { issueToken, orderIdOf, type Customer } from '#contracts'
import type { Welcome } from 'warren'

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

/**
 * Two commands to paste into a shell: one places an order, the other shows its status. The order's id follows from customer and
 * key, so pasting the first one twice places one order.
 */
const welcome: Welcome = async ({ url, secrets }) => {
  const token = await issueToken(secrets['AUTH_SECRET'] ?? '', ada)
  const key = `first-order-${randomUUID().slice(0, 8)}`
  const place = [
    `curl -i ${url}/api/orders`,
    `-H 'authorization: Bearer ${token}'`,
    `-H 'idempotency-key: ${key}'`,
    `-H 'content-type: application/json'`,
    `-d '${JSON.stringify(order)}'`,
  ]
  const follow = [`curl ${url}/api/orders/${orderIdOf(ada.id, key)}`, `-H 'authorization: Bearer ${token}'`]
  return `Place an order:

${place.join(' \\\n  ')}

and see its status:

${follow.join(' \\\n  ')}

All requests: ${url}/openapi.json${await forAdmins(url, secrets)}`
}

/** An admin's token, if this gateway has admin routes. */
async function forAdmins(url: string, { AUTH_SECRET = '' }: Readonly<Record<string, string>>): Promise<string> {
  const document = await fetch(`${url}/openapi.json`).then(
    (answer) => answer.text(),
    () => '',
  )
  if (!document.includes('"/api/admin/')) return ''
  const token = await issueToken(AUTH_SECRET, { id: 'root', email: 'root@shop.example', admin: true }, '1d')
  return `\nAn admin's token for the routes under /api/admin, valid for a day: ${token}`
}

export default welcome
