import { randomUUID } from 'node:crypto'
import { PlaceOrder, StockReserved } from '#contracts'
import { type HandlerProcess, until, createWorld, type World } from '#testbed'
import type { ConfirmChannel } from 'amqplib'
import { Client } from 'pg'

let world: World
let channel: ConfirmChannel
let database: Client
let orders: HandlerProcess

/** Only orders runs: its commands wait in the queues of the other handlers, and the test replies for them. */
beforeAll(async () => {
  world = await createWorld(['orders', 'inventory', 'payments', 'shipping'])
  channel = await world.channel('admin')
  database = new Client({ connectionString: world.databaseUrl('orders') })
  await database.connect()
  orders = await world.spawn('orders')
  await orders.ready
})

afterAll(async () => {
  await database?.end()
  await world?.close()
})

const placed = (orderId: string) =>
  PlaceOrder({
    orderId,
    customerId: 'jane',
    email: 'jane@example.com',
    currency: 'USD',
    lines: [{ sku: 'TEA', quantity: 1, unitPrice: 100 }],
    total: 100,
    card: 'tok_visa',
    shipTo: { name: 'Jane', street: '1 Main Street', city: 'Springfield', postalCode: '12345', country: 'US' },
  })

const asked = async (queue: string) => {
  const message = await until(() => channel.get(queue, { noAck: true }))
  return { type: message.properties.type as unknown, data: JSON.parse(message.content.toString()) as unknown }
}

const row = async (orderId: string) => {
  const { rows } = await database.query<{ status: string; step: string; failure: unknown }>(
    'select status, step, failure from sagas where key = $1',
    [orderId],
  )
  return rows[0]
}

const timersOf = async (orderId: string) =>
  (await database.query('select from timers where name = $1', [`checkout:${orderId}`])).rowCount

test('an order whose stock request is never answered fails at its deadline, and the late reply is undone', async () => {
  const orderId = randomUUID()
  await world.send(placed(orderId), { as: 'admin' })
  expect(await asked('inventory')).toMatchObject({ type: 'stock.reserve.v1', data: { orderId } })
  expect(await timersOf(orderId)).toBe(1)

  await database.query('update sagas set deadline = now() where key = $1', [orderId])
  await database.query('update timers set due = now() where name = $1', [`checkout:${orderId}`])
  await until(async () => (await row(orderId))?.status === 'failed')
  expect(await row(orderId)).toMatchObject({
    step: 'stock',
    failure: { step: 'deadline', reason: 'stock was not answered in time' },
  })

  await world.send(StockReserved({ orderId }), { as: 'inventory' })
  expect(await asked('inventory')).toEqual({ type: 'stock.release.v1', data: { orderId } })
})

test('an order continues where it was when its process is killed and another one starts later', async () => {
  const orderId = randomUUID()
  await world.send(placed(orderId), { as: 'admin' })
  expect(await asked('inventory')).toMatchObject({ type: 'stock.reserve.v1', data: { orderId } })

  await orders.kill('SIGKILL')
  await world.send(StockReserved({ orderId }), { as: 'inventory' })
  orders = await world.spawn('orders')
  await orders.ready
  expect(await asked('payments')).toMatchObject({ type: 'payment.authorize.v1', data: { orderId, amount: 100 } })
  expect(await row(orderId)).toEqual({ status: 'running', step: 'payment', failure: null })
})
