import { CancelOrder, OrderCancellationRefused } from '#contracts'
import { until } from '../testbed/until.ts'
import { metric } from '../testbed/probes.ts'
import { startWholeShop, type WholeShop } from '../shop/whole-shop.ts'
import { booksOf, expectBooks, placeOrder, total } from './books-of-an-order.ts'
import { expectNothingLeft, patiently, retries } from './at-rest.ts'

let shop: WholeShop

beforeAll(async () => {
  // With the real delays, eight attempts take half an hour.
  shop = await startWholeShop({ tiers: { '1s': 100, '5s': 100, '30s': 100, '2m': 500, '10m': 500 } })
}, 120_000)

afterAll(() => shop?.close())

const confirmed = {
  order: 'done commit',
  stock: 'committed',
  payment: 'captured',
  bank: 'captured',
  captured: total,
  shipment: 'scheduled',
  mails: ['order-confirmed'],
}

test('an order whose capture keeps failing is never given up: it is retried with an alarm until it is confirmed', async () => {
  const channel = await shop.world.channel('admin')
  const { queue } = await channel.assertQueue('refusals', { arguments: { 'x-queue-type': 'quorum' } })
  await channel.bindQueue(queue, 'events', `${OrderCancellationRefused.type}.#`)

  const orderId = await placeOrder(shop, { card: 'tok_capture_fails_9' })
  const stuck = () => metric(shop.running('payments'), 'warren_stuck_total{type="payment.capture.v1"}')
  await until(async () => (await stuck()) > 0, patiently)
  expect(await booksOf(shop, orderId)).toMatchObject({ order: 'running capture', bank: 'authorized', captured: 0 })

  // Behind the pivot, an order can only go forward.
  await shop.world.send(CancelOrder({ orderId, reason: 'cancelled by the customer' }), { as: 'gateway' })
  const refusal = await until(() => channel.get(queue, { noAck: true }), patiently)
  expect(JSON.parse(refusal.content.toString())).toEqual({ orderId, reason: 'the card is already being charged' })

  await expectBooks(shop, orderId, confirmed)
  expect(await retries(shop, 'payments')).toBe(9)
  expect(await stuck()).toBe(4)
})

test('a slow bank delays only its own orders and spends none of their attempts', async () => {
  const before = await retries(shop, 'payments')
  await bankIs('slow', 60)
  const orders = await Promise.all(Array.from({ length: 30 }, () => placeOrder(shop)))
  const soldOut = await placeOrder(shop, { lines: [{ sku: 'RARE-1', quantity: 1, unitPrice: total }] })

  await until(async () => (await booksOf(shop, soldOut)).mails.length === 1, patiently)
  const meanwhile = await Promise.all(orders.map((orderId) => booksOf(shop, orderId)))
  expect(meanwhile.filter(({ order }) => order?.startsWith('running'))).not.toEqual([])

  await bankIs('slow', 0)
  for (const orderId of orders) await expectBooks(shop, orderId, confirmed)
  expect(await retries(shop, 'payments')).toBe(before)
})

async function bankIs(kind: 'slow' | 'down', seconds: number) {
  const body = JSON.stringify({ kind, seconds })
  const headers = { 'content-type': 'application/json' }
  const { status } = await fetch(`${shop.shop.bankUrl}/outage`, { method: 'PUT', headers, body })
  expect(status).toBe(200)
}

test('in the end no message is dead or waiting', () => expectNothingLeft(shop))
