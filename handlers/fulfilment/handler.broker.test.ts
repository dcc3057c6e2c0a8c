import { randomUUID } from 'node:crypto'
import { OrderCancelled, OrderConfirmed, OrderCreated } from '#contracts'
import { createWorld, until, type World } from '#testbed'
import { Client } from 'pg'
import { Reject, type Message } from 'warren'
import { deliver } from 'warren/testing'
import { fulfilment } from './handler.ts'
import { regionOf, regions } from './regions.ts'

let world: World
let db: Client

beforeAll(async () => {
  world = await createWorld(['fulfilment'])
  db = new Client({ connectionString: world.databaseUrl('fulfilment') })
  await db.connect()
})
afterAll(async () => {
  await db?.end()
  await world?.close()
})

const outcome = (orderId: string) =>
  ({ orderId, customerId: 'ada', email: 'ada@example.com', currency: 'EUR', total: 500 }) as const
const created = (orderId: string, country: string) => OrderCreated({ ...outcome(orderId), country })
const confirmed = (orderId: string) => OrderConfirmed({ ...outcome(orderId), trackingId: 't' })
const cancelled = (orderId: string) => OrderCancelled({ ...outcome(orderId), step: 'payment', reason: 'declined' })

const tell = (message: Message) => deliver(fulfilment(), message, { db })
const pickOf = async (orderId: string) =>
  (await db.query('select region, country, state from picks where order_id = $1', [orderId])).rows[0]
const listOf = async (region: string): Promise<string[]> =>
  (
    await db.query(`select order_id from picks where region = $1 and state = 'ready' order by changed_at`, [region])
  ).rows.map(({ order_id }) => order_id)

test('the broker delivers the orders of the countries that a region serves, and no others', async () => {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'.split('')
  const countries = letters.flatMap((one) => letters.map((other) => one + other))
  for (const country of countries) await world.send(created(randomUUID(), country))
  const channel = await world.channel(world.broker.admin.user)
  const delivered: string[] = []
  for (let message; (message = await channel.get('fulfilment', { noAck: true }));)
    delivered.push(JSON.parse(message.content.toString()).country)
  await channel.close()
  expect(delivered.sort()).toEqual(Object.values(regions).flat().sort())
}, 60_000)

test('each country is of one region', () => {
  const countries = Object.values(regions).flat()
  expect(new Set(countries).size).toBe(countries.length)
  expect([regionOf('US'), regionOf('DE'), regionOf('GB')]).toEqual(['us', 'eu', undefined])
})

test('an order is picked in its region once it is confirmed, whichever event comes first', async () => {
  const [orderId, late] = [randomUUID(), randomUUID()]
  await tell(created(orderId, 'US'))
  expect(await pickOf(orderId)).toEqual({ region: 'us', country: 'US', state: 'waiting' })
  await tell(confirmed(orderId))
  await tell(confirmed(late))
  await tell(created(late, 'US'))
  await tell(created(late, 'US'))
  for (const id of [orderId, late]) expect(await pickOf(id)).toEqual({ region: 'us', country: 'US', state: 'ready' })
  expect(await listOf('us')).toEqual([orderId, late])
})

test('a cancelled order is not picked, whichever event comes first', async () => {
  const [orderId, late] = [randomUUID(), randomUUID()]
  for (const message of [created(orderId, 'FR'), cancelled(orderId), cancelled(late), created(late, 'FR')])
    await tell(message)
  for (const id of [orderId, late]) expect(await pickOf(id)).toEqual({ region: 'eu', country: 'FR', state: 'dropped' })
  expect(await listOf('eu')).toEqual([])
})

test('a key without a region is found at once: its order is a dead letter that names the country', async () => {
  await expect(tell(created(randomUUID(), 'JP'))).rejects.toThrow(Reject)
  await expect(tell(created(randomUUID(), 'JP'))).rejects.toThrow('no region delivers to JP')
})

test('a running process fills the list of each region, and leaves the orders of other countries out', async () => {
  await db.query('truncate picks')
  const orders = ['US', 'GB', 'DE', 'US', 'NL', 'JP'].map((country) => ({ orderId: randomUUID(), country }))
  for (const { orderId, country } of orders) {
    await world.send(created(orderId, country))
    await world.send(confirmed(orderId))
  }
  await (
    await world.spawn('fulfilment')
  ).ready
  const of = (...countries: string[]) =>
    orders.filter(({ country }) => countries.includes(country)).map(({ orderId }) => orderId)
  await until(async () => (await listOf('us')).length === 2 && (await listOf('eu')).length === 2)
  expect((await listOf('us')).sort()).toEqual(of('US').sort())
  expect((await listOf('eu')).sort()).toEqual(of('DE', 'NL').sort())
  expect(await world.depth('fulfilment.dead')).toBe(0)
}, 60_000)
