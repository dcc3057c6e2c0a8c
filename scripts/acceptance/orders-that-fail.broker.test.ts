import { CancelOrder } from '#contracts'
import { until } from '../testbed/until.ts'
import { startWholeShop, type WholeShop } from '../shop/whole-shop.ts'
import { booksOf, cell, expectBooks, placeOrder } from './books-of-an-order.ts'
import { expectNothingLeft, patiently, retries } from './at-rest.ts'

let shop: WholeShop

beforeAll(async () => {
  shop = await startWholeShop()
}, 120_000)

afterAll(() => shop?.close())

/** A cancelled order holds nothing, and its customer has been notified. */
const undone = { captured: 0, shipment: undefined, mails: ['order-cancelled'] }

const shipTo = { name: 'Ada Byron', street: 'Long Street 1', city: 'London', postalCode: 'X1 2YZ', country: 'GB' }

test('a declined card is a message, not an error: the stock is released and the cancellation is mailed', async () => {
  const orderId = await placeOrder(shop, { card: 'tok_declined' })
  await expectBooks(shop, orderId, {
    ...undone,
    order: 'failed payment',
    stock: 'released',
    payment: undefined,
    bank: 'declined',
  })
  expect(await retries(shop, 'payments')).toBe(0)
})

test('an order without stock is cancelled before its card is charged', async () => {
  const orderId = await placeOrder(shop, { lines: [{ sku: 'RARE-1', quantity: 1, unitPrice: 4_200 }] })
  await expectBooks(shop, orderId, {
    ...undone,
    order: 'failed stock',
    stock: 'rejected',
    payment: undefined,
    bank: undefined,
  })
})

test('if the carrier refuses, the authorized money and the reserved stock are released', async () => {
  const orderId = await placeOrder(shop, { shipTo })
  await expectBooks(shop, orderId, {
    ...undone,
    order: 'failed shipment',
    stock: 'released',
    payment: 'voided',
    bank: 'voided',
  })
})

test("a cancellation during the bank's delay undoes everything, including the late authorization", async () => {
  const orderId = await placeOrder(shop, { card: 'tok_slow' })
  await until(async () => (await booksOf(shop, orderId)).order === 'running payment', patiently)
  await shop.world.send(CancelOrder({ orderId, reason: 'cancelled by the customer' }), { as: 'gateway' })

  await until(async () => (await booksOf(shop, orderId)).stock === 'released', patiently)
  expect(await booksOf(shop, orderId)).toMatchObject({ order: 'failed cancel', payment: undefined })
  await expectBooks(shop, orderId, {
    ...undone,
    order: 'failed cancel',
    stock: 'released',
    payment: 'voided',
    bank: 'voided',
  })
})

test('an order whose carrier never answers is undone at its deadline, and the late reply when it arrives', async () => {
  await shop.running('shipping').kill()
  const orderId = await placeOrder(shop)
  await until(async () => (await booksOf(shop, orderId)).order === 'running shipment', patiently)

  // Simulates half an hour.
  await cell(shop, 'orders', 'update sagas set deadline = now() where key = $1', [orderId])
  await cell(shop, 'orders', 'update timers set due = now() where name = $1', [`checkout:${orderId}`])
  await expectBooks(shop, orderId, {
    ...undone,
    order: 'failed deadline',
    stock: 'released',
    payment: 'voided',
    bank: 'voided',
  })

  await shop.start('shipping')
  await until(async () => (await booksOf(shop, orderId)).shipment === 'cancelled', patiently)
})

test('in the end no message is dead or waiting, and no stock is reserved', async () => {
  await expectNothingLeft(shop)
  const kept = `select sum(reserved + shipped)::int as cell from stock`
  expect(await cell(shop, 'inventory', kept)).toBe(0)
})
