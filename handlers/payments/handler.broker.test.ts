import { randomUUID } from 'node:crypto'
import {
  AuthorizePayment,
  CapturePayment,
  PaymentAuthorized,
  PaymentCaptured,
  PaymentRefunded,
  PaymentVoided,
  RefundPayment,
  VoidPayment,
} from '#contracts'
import { Reject, TooEarly, type Message } from 'warren'
import { deliver, runSchedule } from 'warren/testing'
import { createWorld, type World } from '#testbed'
import { Client } from 'pg'
import { payments } from './handler.ts'

let world: World
let db: Client

beforeAll(async () => {
  world = await createWorld(['payments'])
  db = new Client({ connectionString: world.databaseUrl('payments') })
  await db.connect()
})

afterAll(async () => {
  await db?.end()
  await world?.close()
})

// The bank accepts everything: every refusal here comes from the record.
const handler = payments({
  authorize: async ({ reference }) => ({ approved: true, id: `auth-${reference}` }),
  capture: async () => {},
  void: async () => {},
  refund: async () => {},
})
const tell = (message: Message) => deliver(handler, message, { db })

function order() {
  const orderId = randomUUID()
  const authorizationId = `auth-${orderId}`
  const amount = 4200
  return {
    orderId,
    authorize: AuthorizePayment({ orderId, amount, currency: 'EUR', card: 'tok_visa' }),
    capture: CapturePayment({ orderId, authorizationId, amount }),
    void: VoidPayment({ orderId, authorizationId }),
    refund: (part = amount) => RefundPayment({ orderId, authorizationId, amount: part, reason: 'returned' }),
    authorized: PaymentAuthorized({ orderId, authorizationId }),
    captured: PaymentCaptured({ orderId, authorizationId, amount }),
    voided: PaymentVoided({ orderId, authorizationId }),
    refunded: (part = amount) => PaymentRefunded({ orderId, authorizationId, amount: part }),
  }
}

async function record(orderId: string) {
  const { rows } = await db.query(
    `select status, amount::int, captured::int, refunded::int, version from payments where order_id = $1`,
    [orderId],
  )
  return rows
}

test('an authorization and a capture are each answered, and recorded once', async () => {
  const one = order()
  expect(await tell(one.authorize)).toEqual([one.authorized])
  expect(await tell(one.capture)).toEqual([one.captured])
  expect(await record(one.orderId)).toEqual([
    { status: 'captured', amount: 4200, captured: 4200, refunded: 0, version: 2 },
  ])
})

test('a command repeated under another id gets the same answer and changes nothing', async () => {
  const one = order()
  for (const _ of [1, 2]) expect(await tell(one.authorize)).toEqual([one.authorized])
  for (const _ of [1, 2]) expect(await tell(one.capture)).toEqual([one.captured])
  expect(await tell(one.authorize)).toEqual([one.authorized])
  for (const _ of [1, 2]) expect(await tell(one.refund())).toEqual([one.refunded()])
  expect(await tell(one.capture)).toEqual([one.captured])
  expect(await record(one.orderId)).toEqual([
    { status: 'refunded', amount: 4200, captured: 4200, refunded: 4200, version: 3 },
  ])

  const other = order()
  await tell(other.authorize)
  for (const _ of [1, 2]) expect(await tell(other.void)).toEqual([other.voided])
  expect(await record(other.orderId)).toMatchObject([{ status: 'voided', captured: 0, version: 2 }])
})

test('a payment can be refunded in part', async () => {
  const one = order()
  await tell(one.authorize)
  await tell(one.capture)
  expect(await tell(one.refund(1000))).toEqual([one.refunded(1000)])
  expect(await record(one.orderId)).toMatchObject([{ captured: 4200, refunded: 1000 }])
})

test('a command that arrives before its authorization waits for it', async () => {
  const one = order()
  await expect(tell(one.capture)).rejects.toThrow(TooEarly)
  await expect(tell(one.void)).rejects.toThrow(TooEarly)
  await tell(one.authorize)
  expect(await tell(one.capture)).toEqual([one.captured])
})

test('a record that contradicts the bank is never overwritten: the message becomes a dead letter', async () => {
  const voided = order()
  await tell(voided.authorize)
  await tell(voided.void)
  await expect(tell(voided.capture)).rejects.toThrow(Reject)
  await expect(tell(voided.refund())).rejects.toThrow(Reject)

  const captured = order()
  await tell(captured.authorize)
  await tell(captured.capture)
  await expect(tell(captured.void)).rejects.toThrow(
    `payments: order ${captured.orderId} is captured, but the bank says voided`,
  )
  expect(await record(captured.orderId)).toMatchObject([{ status: 'captured', version: 2 }])
})

test('the database itself rejects a capture above the authorized amount', async () => {
  const one = order()
  await tell(one.authorize)
  await expect(
    tell(CapturePayment({ orderId: one.orderId, authorizationId: `auth-${one.orderId}`, amount: 4201 })),
  ).rejects.toThrow('captured_within_amount')
})

test('at midnight in Berlin the day is closed once, with what was captured and refunded in it', async () => {
  const [kept, back, next] = [order(), order(), order()]
  for (const one of [kept, back, next]) for (const message of [one.authorize, one.capture]) await tell(message)
  await tell(back.refund(1_200))
  // The last minute of a day, and the first one of the next.
  const changed = (orderId: string, at: string) =>
    db.query('update payments set changed_at = $2 where order_id = $1', [orderId, at])
  await changed(kept.orderId, '2026-03-28T22:59:00Z')
  await changed(back.orderId, '2026-03-28T10:00:00Z')
  await changed(next.orderId, '2026-03-28T23:01:00Z')

  for (const _ of [1, 2])
    expect(await runSchedule(handler, 'close-of-day', { at: new Date('2026-03-28T23:00:00Z'), db })).toEqual([])
  const { rows } = await db.query(
    'select day::text, currency, captured::int, refunded::int, orders from days order by day',
  )
  expect(rows).toEqual([{ day: '2026-03-28', currency: 'EUR', captured: 8_400, refunded: 1_200, orders: 2 }])
})
