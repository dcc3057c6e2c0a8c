import { randomBytes } from 'node:crypto'
import { longestInvoice, OrderConfirmed } from '#contracts'
import { until, createWorld, type World } from '#testbed'
import { Client } from 'pg'
import { ada, anOrder, bob, post, secret, signedIn } from '../testing/server.ts'

// The handler orders has a queue here but never runs: the test confirms the order in its place.
let world: World
let url: string

beforeAll(async () => {
  world = await createWorld(['gateway', 'orders', 'billing'])
  const [gateway, billing] = [await world.spawn('gateway', { AUTH_SECRET: secret }), await world.spawn('billing')]
  await Promise.all([gateway.ready, billing.ready])
  url = `http://127.0.0.1:${gateway.httpPort}`
}, 60_000)
afterAll(() => world?.close())

const invoice = async (orderId: string, customer = ada) =>
  fetch(`${url}/api/orders/${orderId}/invoice`, { headers: await signedIn(customer) })

test('the invoice of an order is there soon after its confirmation, for its owner alone', async () => {
  // As many lines as an order may have.
  const products = ['BOOK-1', 'PEN-1', 'LAPTOP-1', 'PHONE-1']
  const lines = Array.from({ length: 100 }, (_, index) => ({ sku: products[index % 4] as string, quantity: 1 + index }))
  const placed = await post(url, { ...anOrder, lines })
  expect(placed.status).toBe(202)
  const { orderId, total } = (await placed.json()) as { orderId: string; total: number }
  expect((await invoice(orderId)).status).toBe(404)

  const prices: Record<string, number> = { 'BOOK-1': 3_490, 'PEN-1': 2_450, 'LAPTOP-1': 129_900, 'PHONE-1': 69_900 }
  await world.send(
    OrderConfirmed({
      ...({ orderId, customerId: 'ada', email: ada.email, currency: 'EUR', total } as const),
      trackingId: 'parcel-1',
      lines: lines.map((line) => ({ ...line, unitPrice: prices[line.sku] as number })),
      shipTo: anOrder.shipTo,
    }),
  )
  const answer = await until(async () => {
    const answer = await invoice(orderId)
    return answer.status === 200 && answer
  })
  expect(answer.headers.get('content-type')).toBe('application/pdf')
  expect(answer.headers.get('content-disposition')).toMatch(/^inline; filename="invoice-\d{4}-000001\.pdf"$/)
  expect(Buffer.from(await answer.arrayBuffer()).toString('latin1')).toMatch(/^%PDF-.*%%EOF\s*$/s)
  expect((await invoice(orderId, bob)).status).toBe(404)

  // The longest invoice that can be written fits into a reply.
  const longest = randomBytes(longestInvoice)
  const database = new Client({ connectionString: world.databaseUrl('billing') })
  await database.connect()
  await database.query('update invoices set pdf = $1', [longest])
  await database.end()
  expect(Buffer.from(await (await invoice(orderId)).arrayBuffer()).equals(longest)).toBe(true)
})
