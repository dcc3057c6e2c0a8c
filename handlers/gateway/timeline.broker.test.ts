import {
  OrderCancellationRefused,
  OrderCancelled,
  OrderConfirmed,
  OrderCreated,
  PaymentAuthorized,
  PaymentCaptured,
  PaymentDeclined,
  ShipmentScheduled,
  StockCommitted,
  StockReleased,
  StockReserved,
} from '#contracts'
import type { Db, Message } from 'warren'
import { createWorld, type World } from '#testbed'
import fc from 'fast-check'
import { randomUUID } from 'node:crypto'
import { Client } from 'pg'
import { findOrder } from './orders.ts'
import { recordEvents, type OrderEvent } from './timeline.ts'

let world: World
let client: Client
const db: Db = {
  async query(text, values = []) {
    const { rows, rowCount } = await client.query(text, [...values])
    return { rows, rowCount: rowCount ?? 0 }
  },
}

beforeAll(async () => {
  world = await createWorld(['gateway'])
  client = new Client({ connectionString: world.databaseUrl('gateway') })
  await client.connect()
})
afterAll(async () => {
  await client?.end()
  await world?.close()
})

async function newOrder(): Promise<string> {
  const orderId = randomUUID()
  await client.query(
    `insert into requests (order_id, customer_id, fingerprint, correlation_id, command) values ($1, 'ada', '', '', $2)`,
    [orderId, JSON.stringify({ currency: 'EUR', total: 6980, lines: [], shipTo: {} })],
  )
  return orderId
}

const noon = Date.parse('2030-01-01T12:00:00Z')
const outcome = (orderId: string) =>
  ({ orderId, customerId: 'ada', email: 'ada@example.com', currency: 'EUR', total: 6980 }) as const
const confirmed = (orderId: string) => [
  OrderCreated({ ...outcome(orderId), country: 'GB' }),
  StockReserved({ orderId }),
  PaymentAuthorized({ orderId, authorizationId: 'a' }),
  ShipmentScheduled({ orderId, trackingId: 'parcel-1' }),
  OrderCancellationRefused({ orderId, reason: 'too late' }),
  PaymentCaptured({ orderId, authorizationId: 'a', amount: 6980 }),
  StockCommitted({ orderId }),
  OrderConfirmed({ ...outcome(orderId), trackingId: 'parcel-1' }),
]
const declined = (orderId: string) => [
  OrderCreated({ ...outcome(orderId), country: 'GB' }),
  StockReserved({ orderId }),
  PaymentDeclined({ orderId, reason: 'card declined' }),
  StockReleased({ orderId }),
  OrderCancelled({ ...outcome(orderId), step: 'payment', reason: 'card declined' }),
]

function event({ contract, data }: Message, position: number): OrderEvent {
  return {
    contract,
    data,
    message: {
      id: randomUUID(),
      type: contract.type,
      correlationId: 'c',
      causationId: undefined,
      attempt: 1,
      publishedAt: new Date(noon + position * 1000),
      causeAttempts: position + 1,
    },
  }
}

const seen = async (orderId: string) => {
  const { createdAt: _createdAt, timeline = [], ...rest } = (await findOrder(db.query, orderId))?.view ?? {}
  return { ...rest, orderId: '', timeline: timeline.slice(1) }
}

test('a confirmed order shows its steps with their attempts and times', async () => {
  const orderId = await newOrder()
  await recordEvents(confirmed(orderId).map(event), { db })
  expect(await seen(orderId)).toMatchObject({
    status: 'confirmed',
    trackingId: 'parcel-1',
    timeline: [
      { step: 'order', outcome: 'done', attempts: 1, at: '2030-01-01T12:00:00.000Z' },
      { step: 'stock', outcome: 'done', attempts: 2, at: '2030-01-01T12:00:01.000Z' },
      { step: 'payment', outcome: 'done', attempts: 3 },
      { step: 'shipment', outcome: 'done', attempts: 4 },
      { step: 'cancel', outcome: 'refused', attempts: 5, reason: 'too late' },
      { step: 'capture', outcome: 'done', attempts: 6 },
      { step: 'commit', outcome: 'done', attempts: 7 },
      { step: 'confirmation', outcome: 'done', attempts: 8, at: '2030-01-01T12:00:07.000Z' },
    ],
  })
})

test('a cancelled order shows the failed step, the reason and the compensations', async () => {
  const orderId = await newOrder()
  await recordEvents(declined(orderId).map(event), { db })
  expect(await seen(orderId)).toMatchObject({
    status: 'cancelled',
    reason: 'card declined',
    timeline: [
      { step: 'order', outcome: 'done' },
      { step: 'stock', outcome: 'done' },
      { step: 'payment', outcome: 'refused', reason: 'card declined' },
      { step: 'stock', outcome: 'undone' },
      { step: 'order', outcome: 'undone', reason: 'card declined' },
    ],
  })
})

test.each([
  ['confirmed', confirmed],
  ['declined', declined],
])('events of a %s order yield the same timeline in any order, in any groups and when repeated', async (_, story) => {
  const expected = await newOrder()
  await recordEvents(story(expected).map(event), { db })
  const inOrder = await seen(expected)

  await fc.assert(
    fc.asyncProperty(
      fc.shuffledSubarray(
        story(expected).flatMap((_, index) => [index, index]),
        { minLength: story(expected).length * 2 },
      ),
      fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 20, maxLength: 20 }),
      async (order, sizes) => {
        const orderId = await newOrder()
        const events = story(orderId).map(event)
        const waiting = order.map((index) => events[index] as OrderEvent)
        for (const size of sizes) {
          const group = waiting.splice(0, size)
          if (group.length > 0) await recordEvents(group, { db })
        }
        expect(await seen(orderId)).toEqual(inOrder)
      },
    ),
    { numRuns: 50 },
  )
})

test('the status of an order never goes backwards', async () => {
  const orderId = await newOrder()
  const rank = ['received', 'processing', 'cancelling', 'cancelled']
  const statuses: number[] = []
  for (const [index, message] of [...declined(orderId)].reverse().entries()) {
    await recordEvents([event(message, index)], { db })
    statuses.push(rank.indexOf((await seen(orderId)).status ?? ''))
  }
  expect(statuses).toEqual([3, 3, 3, 3, 3])
})
