import { randomUUID } from 'node:crypto'
import { CancelShipment, ScheduleShipment, ShipmentCancelled, ShipmentScheduled } from '#contracts'
import { TooEarly, type Message } from 'warren'
import { deliver } from 'warren/testing'
import { createWorld, type World } from '#testbed'
import { Client } from 'pg'
import { deskCarrier } from './carrier.ts'
import { shipping } from './handler.ts'

let world: World
let db: Client

beforeAll(async () => {
  world = await createWorld(['shipping'])
  db = new Client({ connectionString: world.databaseUrl('shipping') })
  await db.connect()
})

afterAll(async () => {
  await db?.end()
  await world?.close()
})

const tell = (message: Message) => deliver(shipping(deskCarrier()), message, { db })
const shipTo = { name: 'Ada', street: 'Main Street 1', city: 'Berlin', postalCode: '10115', country: 'DE' }
const schedule = (orderId: string) => ScheduleShipment({ orderId, lines: [{ sku: 'PEN-1', quantity: 1 }], shipTo })

async function book(orderId: string) {
  const { rows } = await db.query('select status, version from shipments where order_id = $1', [orderId])
  return rows
}

test('an order has one shipment, however often it is scheduled', async () => {
  const orderId = randomUUID()
  const first = await tell(schedule(orderId))
  expect(first).toMatchObject([{ contract: ShipmentScheduled, data: { orderId } }])
  expect(await tell(schedule(orderId))).toEqual(first)
  expect(await book(orderId)).toEqual([{ status: 'scheduled', version: 1 }])
})

test('a shipment is cancelled once, however often the command arrives', async () => {
  const orderId = randomUUID()
  const [scheduled] = (await tell(schedule(orderId))) as Message[]
  const { trackingId } = scheduled!.data
  for (const _ of [1, 2]) {
    expect(await tell(CancelShipment({ orderId, trackingId }))).toEqual([ShipmentCancelled({ orderId, trackingId })])
  }
  expect(await book(orderId)).toEqual([{ status: 'cancelled', version: 2 }])
})

test('a cancellation that arrives before its shipment waits for it', async () => {
  await expect(tell(CancelShipment({ orderId: randomUUID(), trackingId: 'DESK-1' }))).rejects.toThrow(TooEarly)
})
