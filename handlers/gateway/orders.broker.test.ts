import { CancelOrder, OrderCreated, PaymentAuthorized, PlaceOrder, ShipmentScheduled, StockReserved } from '#contracts'
import { type HandlerProcess, until, createWorld, type World } from '#testbed'
import { randomUUID } from 'node:crypto'
import { ada, anOrder, bob, post, secret, signedIn } from './testing/server.ts'

// The handler orders has a queue here but never runs, so the gateway's messages stay in it for inspection.
let world: World
let gateway: HandlerProcess
let url: string

beforeAll(async () => {
  world = await createWorld(['gateway', 'orders'])
  gateway = await world.spawn('gateway', { AUTH_SECRET: secret })
  await gateway.ready
  url = `http://127.0.0.1:${gateway.httpPort}`
})
afterAll(() => world?.close())
beforeEach(async () => {
  const channel = await world.channel(world.broker.admin.user)
  await channel.purgeQueue('orders')
  await channel.close()
})

interface Accepted {
  orderId: string
  total: number
}
interface View extends Accepted {
  status: string
  timeline: { step: string; outcome: string; attempts: number; at: string; reason?: string }[]
}

async function accepted(answer: Response | Promise<Response>): Promise<Accepted> {
  const { status, headers } = await answer
  const body = (await (await answer).json()) as Accepted
  expect({ status, body }).toMatchObject({ status: 202, body: { status: 'received' } })
  expect(headers.get('location')).toBe(`/api/orders/${body.orderId}`)
  return body
}

const order = async (key: string = randomUUID()) => accepted(post(url, anOrder, { 'idempotency-key': key }))
const get = async (path: string, customer = ada) => fetch(url + path, { headers: await signedIn(customer) })
const read = async (orderId: string) => (await get(`/api/orders/${orderId}`)).json() as Promise<View>
const cancel = async (orderId: string, customer = ada) =>
  fetch(`${url}/api/orders/${orderId}/cancel`, { method: 'POST', headers: await signedIn(customer) })
const problem = async (answer: Response) => (await answer.json()) as { status: number; detail: string }

/** Takes one message from the queue of orders. */
async function sent(): Promise<{ type: string; data: unknown; correlationId: string; priority: unknown } | undefined> {
  const channel = await world.channel(world.broker.admin.user)
  const message = await channel.get('orders', { noAck: true })
  await channel.close()
  if (!message) return undefined
  const { type, correlationId, priority } = message.properties
  return { type, correlationId, priority, data: JSON.parse(message.content.toString()) }
}

test('only the token of a customer makes an order a VIP order, never the body of a request', async () => {
  const claimed = await post(url, { ...anOrder, tier: 'vip' }, { 'idempotency-key': randomUUID() })
  expect(claimed.status).toBe(422)
  await order()
  expect(await sent()).toMatchObject({ priority: undefined, data: expect.not.objectContaining({ tier: 'vip' }) })
  await accepted(post(url, anOrder, { 'idempotency-key': randomUUID() }, { ...ada, tier: 'vip' }))
  expect(await sent()).toMatchObject({ priority: 9, data: { tier: 'vip' } })
})

test('an order is accepted with the prices of the catalogue and can be read immediately', async () => {
  const answer = await post(url, anOrder, { 'idempotency-key': 'first', 'x-correlation-id': 'my-id' })
  const { orderId, total } = await accepted(answer)
  expect(total).toBe(2 * 3_490)
  expect(await read(orderId)).toMatchObject({
    orderId,
    status: 'received',
    total,
    currency: 'EUR',
    lines: [{ sku: 'BOOK-1', quantity: 2, unitPrice: 3_490 }],
    correlationId: 'my-id',
    waitingFor: { step: 'order', since: expect.stringMatching(/^\d{4}-.*Z$/) },
    timeline: [{ step: 'order', outcome: 'requested' }],
  })
  expect(await sent()).toMatchObject({
    type: PlaceOrder.type,
    correlationId: 'my-id',
    data: { orderId, customerId: 'ada', email: 'ada@example.com', total, card: 'tok_visa', shipTo: anOrder.shipTo },
  })
})

describe('one order per Idempotency-Key', () => {
  test('50 parallel requests create one order and get the same response', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => order('fifty')))
    expect(new Set(answers.map(({ orderId }) => orderId)).size).toBe(1)
    expect(await world.depth('orders')).toBe(1)
  })

  test('a repeat gets the stored response from another gateway too, and sends nothing once the order has progressed', async () => {
    const first = await order('again')
    const { email } = ada
    await world.send(OrderCreated({ ...first, customerId: ada.id, email, currency: 'EUR', country: 'GB' }))
    await until(async () => (await read(first.orderId)).status === 'processing')
    await sent()
    const other = await world.spawn('gateway', { AUTH_SECRET: secret })
    await other.ready
    const again = post(`http://127.0.0.1:${other.httpPort}`, anOrder, { 'idempotency-key': 'again' })
    expect(await accepted(again)).toEqual(first)
    expect(await world.depth('orders')).toBe(0)
    await other.kill()
  })

  test('the same body in a different notation is a repeat', async () => {
    const first = await order('words')
    const { card, shipTo, lines } = anOrder
    const turned = JSON.stringify({ shipTo, lines, card }, undefined, 4)
    expect(await accepted(post(url, turned, { 'idempotency-key': 'words' }))).toEqual(first)
  })

  test('a different body with the same key is refused with 422', async () => {
    await order('other')
    const answer = await post(url, { ...anOrder, card: 'tok_other' }, { 'idempotency-key': 'other' })
    expect(answer.status).toBe(422)
    expect(await problem(answer)).toMatchObject({
      detail: expect.stringContaining('idempotency-key was used for another order'),
    })
  })

  test('with two bodies in 50 parallel requests with one key, one is ordered and the other refused', async () => {
    const bodies = [anOrder, { ...anOrder, card: 'tok_other' }]
    const answers = await Promise.all(
      Array.from(
        { length: 50 },
        async (_, index) => (await post(url, bodies[index % 2], { 'idempotency-key': 'both' })).status,
      ),
    )
    expect(answers.toSorted()).toEqual([...Array(25).fill(202), ...Array(25).fill(422)])
    expect(await world.depth('orders')).toBe(1)
  })

  test('two gateways create one order for one key', async () => {
    const other = await world.spawn('gateway', { AUTH_SECRET: secret })
    await other.ready
    const urls = [url, `http://127.0.0.1:${other.httpPort}`]
    const answers = await Promise.all(
      Array.from({ length: 50 }, async (_, index) =>
        accepted(post(urls[index % 2] as string, anOrder, { 'idempotency-key': 'two' })),
      ),
    )
    expect(new Set(answers.map(({ orderId }) => orderId)).size).toBe(1)
    // A gateway that finds a possibly undelivered command sends it again unchanged; orders drops the repeat.
    const commands = new Set<string>()
    for (let command = await sent(); command; command = await sent()) commands.add(JSON.stringify(command.data))
    expect(commands.size).toBe(1)
    await other.kill()
  })
})

test('the same key of another customer is another order', async () => {
  const adas = await order('shared')
  const bobs = await accepted(post(url, { ...anOrder, card: 'tok_bob' }, { 'idempotency-key': 'shared' }, bob))
  expect(bobs.orderId).not.toBe(adas.orderId)
})

describe('the order of another customer', () => {
  test('is a 404, as if it did not exist, and is logged', async () => {
    const { orderId } = await order()
    const answers = [await get(`/api/orders/${orderId}`, bob), await get(`/api/orders/${randomUUID()}`, bob)]
    expect(answers.map(({ status }) => status)).toEqual([404, 404])
    expect(await problem(answers[0] as Response)).toEqual(await problem(answers[1] as Response))
    expect(
      gateway.lines.filter((line) => line.includes('an order of another customer') && line.includes(orderId)),
    ).toHaveLength(1)
  })

  test('cannot be cancelled: it is a 404, and nothing is sent', async () => {
    const { orderId } = await order()
    await sent()
    expect((await cancel(orderId, bob)).status).toBe(404)
    expect(await world.depth('orders')).toBe(0)
    expect((await read(orderId)).timeline).toHaveLength(1)
  })

  test('is not in the list', async () => {
    const { orderId } = await order()
    expect(JSON.stringify(await (await get('/api/orders', bob)).json())).not.toContain(orderId)
  })
})

describe('cancelling', () => {
  test('before the pivot is accepted, shown in the timeline and sent once', async () => {
    const { orderId } = await order()
    await sent()
    const answers = [await cancel(orderId), await cancel(orderId)]
    expect(answers.map(({ status }) => status)).toEqual([202, 202])
    expect(answers[0]?.headers.get('location')).toBe(`/api/orders/${orderId}`)
    expect(await sent()).toMatchObject({
      type: CancelOrder.type,
      data: { orderId, reason: 'cancelled by the customer' },
    })
    expect(await sent()).toBeUndefined()
    expect((await read(orderId)).timeline).toMatchObject([
      { step: 'order', outcome: 'requested' },
      { step: 'cancel', outcome: 'requested' },
    ])
  })

  test('after the shipment is scheduled is refused with 409 and the reason', async () => {
    const { orderId } = await order()
    await sent()
    await world.send(StockReserved({ orderId }))
    await world.send(PaymentAuthorized({ orderId, authorizationId: 'a' }))
    await world.send(ShipmentScheduled({ orderId, trackingId: 't' }))
    await until(async () => (await read(orderId)).timeline.length === 4)
    const answer = await cancel(orderId)
    expect(answer.status).toBe(409)
    expect(await problem(answer)).toMatchObject({
      detail: 'the order can no longer be cancelled: its shipment is scheduled and its payment is being captured',
    })
    for (let message = await sent(); message; message = await sent()) expect(message.type).not.toBe(CancelOrder.type)
  })
})

test('a list of orders is paged, newest first, without gaps or repeats', async () => {
  const carol = { id: 'carol', email: 'carol@example.com' }
  const placed: string[] = []
  for (let number = 0; number < 7; number++) {
    placed.push((await accepted(post(url, anOrder, { 'idempotency-key': `order ${number}` }, carol))).orderId)
  }
  const listed: string[] = []
  let next: string | undefined
  do {
    const answer = await get(`/api/orders?limit=3${next === undefined ? '' : `&cursor=${next}`}`, carol)
    const page = (await answer.json()) as { orders: Accepted[]; next?: string }
    expect(page.orders.length).toBeLessThanOrEqual(3)
    listed.push(...page.orders.map(({ orderId }) => orderId))
    next = page.next
  } while (next !== undefined)
  expect(listed).toEqual(placed.reverse())

  const stolen = await get(`/api/orders?cursor=${listed[0]}`, bob)
  expect(stolen.status).toBe(404)
})
