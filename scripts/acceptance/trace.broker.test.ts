import { randomUUID } from 'node:crypto'
import { loadManifests } from '#runtime/manifest/index.ts'
import { logIn } from '#runtime/broker/login.ts'
import { issueToken, CancelOrder } from '#contracts'
import { managementOf } from '../inspect/system.ts'
import { readQueues } from '../inspect/queues.ts'
import { metric } from '../testbed/probes.ts'
import { until } from '../testbed/until.ts'
import { startWholeShop, type WholeShop } from '../shop/whole-shop.ts'
import { openDatabases, withoutJournal, type Databases } from '../trace/databases.ts'
import type { Operation, Place } from '../trace/operation.ts'
import { traceLines } from '../trace/show.ts'
import { trace } from '../trace/trace.ts'
import { patiently } from './at-rest.ts'
import { cell, placeOrder } from './books-of-an-order.ts'

/** Retries go quickly to the third tier, and stay there long enough to be looked at. */
const tiers = { '1s': 50, '5s': 50, '30s': 30_000, '2m': 50, '10m': 50 }
const manifests = loadManifests('handlers')

let shop: WholeShop
let databases: Databases

beforeAll(async () => {
  shop = await startWholeShop({ tiers })
  databases = await openDatabases(withoutJournal(shop.shop.databases, manifests))
}, 120_000)

afterAll(async () => {
  await databases?.close()
  await shop?.close()
})

const scene = () => ({
  manifests,
  databases,
  management: managementOf(shop.shop),
  connect: () => logIn(shop.shop.amqpUrl),
})

/** The one operation that an id belongs to. */
async function traced(id: string): Promise<Operation> {
  const { operations, gaps } = await trace(id, scene())
  expect(gaps).toEqual([])
  expect(operations).toHaveLength(1)
  return operations[0]!
}

function placeOf({ messages }: Operation, type: string, handler: string): Place | undefined {
  return messages.find((message) => message.type === type)?.to.find((place) => place.handler === handler)
}

async function depths(...names: string[]) {
  const queues = await readQueues(managementOf(shop.shop))
  return names.map((name) => queues.get(name)?.ready)
}

/** Places an order over HTTP. @returns its id and the correlation id of the request */
async function order(card = 'tok_visa') {
  const token = await issueToken(shop.shop.authSecret, { id: 'ada', email: 'ada@customers.example' })
  const correlationId = randomUUID()
  const response = await fetch(`${shop.shop.gatewayUrl}/api/orders`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'idempotency-key': randomUUID(),
      'x-correlation-id': correlationId,
    },
    body: JSON.stringify({
      lines: [{ sku: 'BOOK-1', quantity: 1 }],
      card,
      shipTo: { name: 'Ada Byron', street: 'Long Street 1', city: 'London', postalCode: '10001', country: 'GB' },
    }),
  })
  const body = (await response.json()) as { orderId: string }
  expect([response.status, body]).toEqual([202, expect.anything()])
  return { orderId: body.orderId, correlationId }
}

const status = (orderId: string) =>
  cell<string>(shop, 'orders', `select status || ' ' || step as cell from sagas where key = $1`, [orderId])

test('of a finished order, every message is handled, by whom and when, whichever id is asked for', async () => {
  const { orderId, correlationId } = await order()
  await until(async () => {
    const { messages } = await traced(correlationId)
    return messages.some(({ type }) => type === 'order.confirmed.v1') && (await status(orderId)) === 'done commit'
  }, patiently)
  const operation = await until(async () => {
    const found = await traced(orderId)
    expect(found.messages.flatMap(({ to }) => to).every(({ is }) => is !== 'sent' && is !== 'unconfirmed')).toBe(true)
    return found
  }, patiently)

  expect(operation).toMatchObject({ correlationId, subjects: [orderId] })
  const inOrder = ['order.place.v1', 'stock.reserve.v1', 'payment.authorize.v1', 'shipment.schedule.v1']
  const types = operation.messages.map(({ type }) => type)
  expect(types.filter((type) => inOrder.includes(type))).toEqual(inOrder)
  expect(operation.messages[0]).toMatchObject({ type: 'order.place.v1', from: 'gateway' })
  // The truth: the inboxes of all handlers.
  for (const { id, to } of operation.messages)
    for (const { handler, ...place } of to) {
      if (place.is !== 'handled') continue
      const at = await cell<Date>(shop, handler, 'select handled_at as cell from inbox where id = $1', [id])
      expect([id, handler, place.at]).toEqual([id, handler, at])
    }
  const recorded = operation.messages.flatMap(({ to }) => to.filter(({ is }) => is === 'handled')).length
  const rows = await Promise.all(
    databases.readable.map((handler) =>
      cell<number>(
        shop,
        handler,
        `select count(*)::int as cell from inbox where correlation_id = $1 and type <> 'submission'`,
        [correlationId],
      ),
    ),
  )
  expect(recorded).toBe(rows.reduce<number>((sum, count) => sum + (count ?? 0), 0))
  expect(operation.sagas).toMatchObject([{ handler: 'orders', saga: 'checkout', status: 'done' }])

  expect(await traced(correlationId)).toEqual(operation)
  for (const { id } of operation.messages.filter(({ to }) => to.some(({ is }) => is === 'handled')))
    expect((await traced(id)).messages).toEqual(operation.messages)
  const lines = traceLines({ operations: [operation], gaps: [] }, { colours: false, now: new Date() })
  expect(lines.length).toBeLessThanOrEqual(24)
}, 120_000)

test('of an order whose payment fails, the tier, the next attempt and the error are shown, and looking changes none of it', async () => {
  const { orderId } = await order('tok_error')
  await until(async () => (await depths('wait.30s'))[0] === 1, patiently)
  const first = await traced(orderId)
  const place = placeOf(first, 'payment.authorize.v1', 'payments')
  expect(place).toMatchObject({
    is: 'retry',
    tier: '30s',
    attempt: 4,
    attempts: 6,
    error: expect.stringMatching(/500/),
  })
  for (let look = 0; look < 10; look++)
    expect(placeOf(await traced(orderId), 'payment.authorize.v1', 'payments')).toEqual(place)
  expect(await depths('wait.30s')).toEqual([1])

  const [saga] = first.sagas
  const deadline = await cell<Date>(shop, 'orders', 'select deadline as cell from sagas where key = $1', [orderId])
  expect(saga).toMatchObject({ status: 'running', step: 'payment', deadline })
  const due = await cell<Date>(shop, 'orders', 'select due as cell from timers where name = $1', [
    `checkout:${orderId}`,
  ])
  expect(first.messages.flatMap(({ to }) => to)).toContainEqual({ handler: 'orders', is: 'timer', due })

  // It comes back when its time has come, no sooner and hardly later.
  const { until: back } = place as Extract<Place, { is: 'retry' }>
  await until(async () => (await depths('wait.30s'))[0] === 0, { within: 60_000 })
  expect(Date.now() - +back!).toBeGreaterThan(-1_000)
  expect(Date.now() - +back!).toBeLessThan(5_000)

  await until(async () => (await depths('payments.dead'))[0] === 1, patiently)
  const dead = await traced(orderId)
  expect(placeOf(dead, 'payment.authorize.v1', 'payments')).toMatchObject({
    is: 'dead',
    reason: 'exhausted',
    error: expect.stringMatching(/500/),
  })
  const admin = await shop.world.channel(shop.world.broker.admin.user)
  const letter = await admin.get('payments.dead')
  expect(letter && letter.properties.headers).toMatchObject({ 'x-dead-attempts': 6, 'x-dead-reason': 'exhausted' })
  await admin.close()
}, 120_000)

test('a timer that is due while its handler does not run is overdue', async () => {
  const { orderId } = await order('tok_error')
  await until(async () => (await status(orderId)) === 'running payment', patiently)
  await shop.running('orders').kill()
  const due = await cell<Date>(
    shop,
    'orders',
    `update timers set due = now() - interval '5 s' where name = $1 returning due as cell`,
    [`checkout:${orderId}`],
  )
  const operation = await traced(orderId)
  expect(operation.messages.flatMap(({ to }) => to)).toContainEqual({ handler: 'orders', is: 'timer', due })
  const lines = traceLines({ operations: [operation], gaps: [] }, { colours: false, now: new Date() })
  expect(lines.filter((line) => /timer, due .* overdue\)$/.test(line))).toHaveLength(1)
  await shop.start('orders')
}, 60_000)

test('a message whose handler does not run is in its queue', async () => {
  await shop.running('inventory').kill()
  const { orderId } = await order()
  await until(async () => (await depths('inventory'))[0] === 1, patiently)
  await until(async () => (await status(orderId)) === 'running stock', patiently)
  // Its sender marks it as confirmed a moment later.
  await until(async () => {
    expect(placeOf(await traced(orderId), 'stock.reserve.v1', 'inventory')).toEqual({
      handler: 'inventory',
      is: 'sent',
      queued: 1,
      inHand: 0,
    })
    return true
  }, patiently)
  await shop.start('inventory')
  await until(async () => placeOf(await traced(orderId), 'stock.reserve.v1', 'inventory')?.is === 'handled', patiently)
}, 60_000)

test('while the bank is down, a payment is in the hands of payments, which waits for the bank', async () => {
  await shop.running('bank').kill('SIGKILL')
  const { orderId } = await order()
  const others = await Promise.all(Array.from({ length: 6 }, () => order()))
  expect(others).toHaveLength(6)
  await until(async () => (await metric(shop.running('payments'), 'warren_paused{dependency="bank"}')) === 1, patiently)
  await until(async () => {
    expect(placeOf(await traced(orderId), 'payment.authorize.v1', 'payments')).toMatchObject({
      is: 'sent',
      queued: 0,
      inHand: expect.any(Number),
      paused: { dependency: 'bank' },
    })
    return true
  }, patiently)
  await shop.start('bank')
  await until(
    async () => placeOf(await traced(orderId), 'payment.authorize.v1', 'payments')?.is === 'handled',
    patiently,
  )
  await until(async () => (await databases.pauses()).size === 0, patiently)
}, 120_000)

test('a message from outside that failed is found by its business id, among the dead letters', async () => {
  const orderId = await placeOrder(shop)
  await until(async () => (await trace(orderId, scene())).operations.length === 1, patiently)
  const bad = randomUUID()
  await shop.world.send(CancelOrder({ orderId: bad, reason: 'x' }), { as: 'gateway', id: 'no uuid' })
  await until(async () => (await trace(bad, scene())).operations.length === 1, patiently)
  expect((await traced(bad)).messages).toMatchObject([
    { type: 'order.cancel.v1', to: [{ handler: 'orders', is: 'dead', reason: 'no-id' }] },
  ])
}, 60_000)
