import { randomUUID } from 'node:crypto'
import {
  OrderCancelled,
  OrderConfirmed,
  OrderCreated,
  PaymentAuthorized,
  PaymentCaptured,
  ReadAnalytics,
  ShipmentScheduled,
  StockReserved,
} from '#contracts'
import { createWorld, until, type World } from '#testbed'
import fc from 'fast-check'
import { Client } from 'pg'
import type { Db, Message } from 'warren'
import { deliver, reply } from 'warren/testing'
import { count, steps, type Fact } from './count.ts'
import { analytics } from './handler.ts'

let world: World
let client: Client

beforeAll(async () => {
  world = await createWorld(['analytics'])
  client = new Client({ connectionString: world.databaseUrl('analytics') })
  await client.connect()
})
afterAll(async () => {
  await client?.end()
  await world?.close()
})
beforeEach(async () => {
  await client.query('truncate orders, days, failures')
})

const query = (async (text, values = []) => client.query(text, [...values])) as Db['query']
const read = (days = 30) => reply(analytics(), ReadAnalytics, { days }, { read: query })

const buyer = { customerId: 'ada', email: 'ada@example.com' }
const created = (orderId: string, total = 500, country = 'DE') =>
  OrderCreated({ orderId, ...buyer, currency: 'EUR', total, country })
const confirmed = (orderId: string, total = 500) =>
  OrderConfirmed({ orderId, ...buyer, currency: 'EUR', total, trackingId: 't' })
const cancelled = (orderId: string, step: string, reason: string) =>
  OrderCancelled({ orderId, ...buyer, currency: 'EUR', total: 500, step, reason })
const wayOf = (orderId: string, total = 500, country = 'DE') => [
  created(orderId, total, country),
  StockReserved({ orderId }),
  PaymentAuthorized({ orderId, authorizationId: 'a' }),
  ShipmentScheduled({ orderId, trackingId: 't' }),
  PaymentCaptured({ orderId, authorizationId: 'a', amount: total }),
  confirmed(orderId, total),
]

interface Order {
  readonly orderId: string
  readonly createdAt: Date
  readonly country: string
  readonly currency: string
  readonly total: number
  /** Steps that it reached. */
  readonly reached: number
  readonly failed: { readonly step: string; readonly reason: string } | undefined
}

function factsOf({ reached, failed, orderId, ...order }: Order): Fact[] {
  return [
    { orderId, ...order },
    ...steps.slice(0, reached).map((step) => ({ orderId, reached: step })),
    ...(failed ? [{ orderId, ...failed }] : []),
  ]
}

/** The same counts, added up from the orders themselves. */
function countsOf(orders: readonly Order[]) {
  const dayOf = ({ createdAt }: Order) => createdAt.toLocaleDateString('sv', { timeZone: 'Europe/Berlin' })
  const grouped = (keyOf: (order: Order) => unknown[]) => {
    const groups = new Map<string, Order[]>()
    for (const order of orders) {
      const key = JSON.stringify(keyOf(order))
      groups.set(key, [...(groups.get(key) ?? []), order])
    }
    return [...groups].sort(([one], [other]) => (one < other ? -1 : 1))
  }
  return {
    days: grouped((order) => [dayOf(order), order.country, order.currency]).map(([key, group]) => [
      ...(JSON.parse(key) as unknown[]),
      group.length,
      ...steps.map((_, index) => group.filter(({ reached }) => reached > index).length),
      group.reduce((sum, { reached, total }) => sum + (reached === steps.length ? total : 0), 0),
    ]),
    failures: grouped((order) => (order.failed ? [dayOf(order), order.failed.step, order.failed.reason] : []))
      .filter(([key]) => key !== '[]')
      .map(([key, group]) => [...(JSON.parse(key) as unknown[]), group.length]),
  }
}

async function stored() {
  const rows = async (text: string) => (await client.query({ text, rowMode: 'array' })).rows
  return {
    days: await rows(
      `select day::text, country, currency, created, ${steps.join(', ')}, revenue::float8 from days order by 1, 2, 3`,
    ),
    failures: await rows('select day::text, step, reason, orders from failures order by 1, 2, 3'),
  }
}

test('whatever the order of the events, their repeats and their groups, the counts are those of the orders', async () => {
  const order = fc.record({
    // Around midnight in Berlin.
    createdAt: fc.integer({ min: 0, max: 96 }).map((hours) => new Date(Date.UTC(2030, 5, 1, hours))),
    country: fc.constantFrom('DE', 'GB', 'US'),
    currency: fc.constantFrom('EUR', 'USD'),
    total: fc.integer({ min: 1, max: 100_000_000_000 }),
    reached: fc.nat({ max: steps.length }),
    failed: fc.option(
      fc.record({ step: fc.constantFrom('stock', 'payment'), reason: fc.constantFrom('none left', 'declined') }),
      { nil: undefined },
    ),
  })
  const history = fc
    .array(order, { minLength: 1, maxLength: 12 })
    .map((orders) => orders.map((order) => ({ ...order, orderId: randomUUID() })))
    .chain((orders) => {
      const facts = orders.flatMap(factsOf)
      const some = fc.array(fc.constantFrom(...facts), { maxLength: 20 })
      const shuffled = some.chain((repeats) =>
        fc.shuffledSubarray([...facts, ...repeats], { minLength: facts.length + repeats.length }),
      )
      return fc.tuple(fc.constant(orders), shuffled, fc.integer({ min: 1, max: 30 }))
    })
  await fc.assert(
    fc.asyncProperty(history, async ([orders, facts, group]) => {
      await client.query('truncate orders, days, failures')
      for (let first = 0; first < facts.length; first += group)
        await count({ query }, facts.slice(first, first + group))
      expect(await stored()).toEqual(countsOf(orders))
    }),
    { numRuns: 100 },
  )
}, 120_000)

test('the days, countries, steps and reasons of orders are answered as they are counted', async () => {
  const [bought, declined, open] = [randomUUID(), randomUUID(), randomUUID()]
  const messages = [
    ...wayOf(bought, 1_999, 'US'),
    ...wayOf(declined).slice(0, 2),
    cancelled(declined, 'payment', 'insufficient funds'),
    ...wayOf(open).slice(0, 4),
  ]
  for (const message of messages) await deliver(analytics(), message, { db: client })
  const [{ day }] = (await client.query('select distinct day::text from days')).rows
  expect(await read()).toEqual({
    sales: [
      { day, country: 'DE', currency: 'EUR', orders: 2, confirmed: 0, revenue: 0 },
      { day, country: 'US', currency: 'EUR', orders: 1, confirmed: 1, revenue: 1_999 },
    ],
    funnel: { created: 3, reserved: 3, authorized: 2, scheduled: 2, captured: 1, confirmed: 1 },
    failures: [{ step: 'payment', reason: 'insufficient funds', orders: 1 }],
    complete: true,
  })
})

test('an order counts from its creation on, with all that was known of it before', async () => {
  const orderId = randomUUID()
  const [creation, ...later] = wayOf(orderId)
  for (const message of later) await deliver(analytics(), message, { db: client })
  expect((await read()).funnel.confirmed).toBe(0)
  await deliver(analytics(), creation as Message, { db: client })
  expect(await read()).toMatchObject({
    sales: [{ orders: 1, confirmed: 1, revenue: 500 }],
    funnel: { created: 1, confirmed: 1 },
  })
})

test('an answer has the latest days, and is marked where it leaves others out', async () => {
  await client.query(`insert into days select (now() at time zone 'Europe/Berlin')::date - n, 'DE', 'EUR', 1, 0, 0, 0, 0, 0, 0
    from generate_series(0, 1000) as n`)
  expect((await read(7)).sales).toHaveLength(7)
  expect(await read(7)).toMatchObject({ complete: true, funnel: { created: 7 } })
  await client.query(`insert into days select (now() at time zone 'Europe/Berlin')::date - n, country, 'EUR', 1, 0, 0, 0, 0, 0, 0
    from generate_series(0, 365) as n, unnest(array['US', 'GB']) as country`)
  const { sales, complete } = await read(366)
  expect([sales.length, complete]).toEqual([1_000, false])
})

test('a running process counts each event once, also one that is delivered again', async () => {
  const orders = Array.from({ length: 40 }, () => randomUUID())
  const sent: [Message, string][] = orders.flatMap((orderId) =>
    wayOf(orderId).map((message) => [message, randomUUID()] as [Message, string]),
  )
  for (const [message, id] of [...sent, ...sent.slice(0, 60).reverse()]) await world.send(message, { id })
  await (
    await world.spawn('analytics')
  ).ready
  const all = { created: 40, reserved: 40, authorized: 40, scheduled: 40, captured: 40, confirmed: 40 }
  await until(async () => (await world.depth('analytics')) === 0 && (await read()).funnel.confirmed === 40)
  expect(await read()).toMatchObject({ funnel: all, failures: [] })
  expect((await read()).sales.reduce((sum, { revenue }) => sum + revenue, 0)).toBe(40 * 500)
  expect(await world.depth('analytics.dead')).toBe(0)
}, 60_000)
