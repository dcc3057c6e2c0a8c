import { randomUUID } from 'node:crypto'
import { OrderCancelled, OrderConfirmed, PaymentRefunded, ReadPoints } from '#contracts'
import { until, createWorld, type World } from '#testbed'
import fc from 'fast-check'
import { Client } from 'pg'
import { TooEarly, type Db, type Message } from 'warren'
import { deliver, reply } from 'warren/testing'
import { evolve } from './evolve.ts'
import { loyalty } from './handler.ts'
import { nothing, type PointsEvent, type State } from './points.ts'
import { append, load } from './store.ts'

let world: World
let client: Client
let db: Db

beforeAll(async () => {
  world = await createWorld(['loyalty'])
  client = new Client({ connectionString: world.databaseUrl('loyalty') })
  await client.connect()
  db = {
    async query(text, values = []) {
      const { rows, rowCount } = await client.query(text, [...values])
      return { rows, rowCount: rowCount ?? 0 }
    },
  }
})

afterAll(async () => {
  await client?.end()
  await world?.close()
})

const tell = (message: Message) => deliver(loyalty(), message, { db: client })
const points = async (customerId: string) =>
  (await reply(loyalty(), ReadPoints, { customerId }, { read: db.query })).points
const outcome = (orderId: string, customerId: string, total: number) =>
  ({ orderId, customerId, email: 'ada@example.com', currency: 'EUR', total }) as const
const confirmed = (orderId: string, customerId: string, total: number) =>
  OrderConfirmed({ ...outcome(orderId, customerId, total), trackingId: 'parcel-1' })
const cancelled = (orderId: string, customerId: string, total: number) =>
  OrderCancelled({ ...outcome(orderId, customerId, total), step: 'cancel', reason: 'changed my mind' })
const refunded = (orderId: string, amount: number) => PaymentRefunded({ orderId, authorizationId: 'auth-1', amount })
const customer = () => `customer-${randomUUID()}`

/** All events of a customer, in their order. */
async function eventsOf(customerId: string): Promise<PointsEvent[]> {
  const { rows } = await client.query<{ data: PointsEvent }>(
    'select data from point_events where customer_id = $1 order by version',
    [customerId],
  )
  return rows.map(({ data }) => data)
}

/** What the tables keep of a customer. */
async function kept(customerId: string): Promise<State> {
  const { rows: orders } = await client.query<{ id: string; total: number; points: number; status: 'earned' }>(
    'select order_id as id, total::float8, points::float8, status from orders where customer_id = $1',
    [customerId],
  )
  return {
    points: await points(customerId),
    orders: Object.fromEntries(orders.map(({ id, ...order }) => [id, order])),
  }
}

test('a customer has the points of all confirmed orders; one who never ordered has none', async () => {
  const [ada, bob] = [customer(), customer()]
  await tell(confirmed(randomUUID(), ada, 4_299))
  await tell(confirmed(randomUUID(), ada, 1_000))
  await tell(confirmed(randomUUID(), bob, 200))
  expect([await points(ada), await points(bob), await points(customer())]).toEqual([52, 2, 0])
})

test('an event that is repeated under another id changes nothing', async () => {
  const [orderId, ada] = [randomUUID(), customer()]
  for (const _ of [1, 2]) await tell(confirmed(orderId, ada, 4_299))
  expect(await points(ada)).toBe(42)
  for (const _ of [1, 2]) await tell(refunded(orderId, 1_000))
  expect(await points(ada)).toBe(32)
  expect(await eventsOf(ada)).toHaveLength(2)
})

test('a cancellation and a confirmation lead to the same points in either order', async () => {
  const [early, late] = [customer(), customer()]
  const [one, other] = [randomUUID(), randomUUID()]
  for (const message of [confirmed(one, early, 500), cancelled(one, early, 500)]) await tell(message)
  for (const message of [cancelled(other, late, 500), confirmed(other, late, 500)]) await tell(message)
  expect([await points(early), await points(late)]).toEqual([0, 0])
})

test('a refund that overtakes its confirmation waits for it', async () => {
  const [orderId, ada] = [randomUUID(), customer()]
  await expect(tell(refunded(orderId, 500))).rejects.toThrow(TooEarly)
  await tell(confirmed(orderId, ada, 500))
  await tell(refunded(orderId, 500))
  expect(await points(ada)).toBe(0)
})

test('two decisions on the same state cannot both be appended', async () => {
  const [ada, one, other] = [customer(), randomUUID(), randomUUID()]
  const [first, second] = [await load(db, ada, one), await load(db, ada, other)]
  const earned = (orderId: string): PointsEvent => ({ type: 'earned', orderId, total: 500, points: 5 })
  await append(db, ada, first, [earned(one)])
  await expect(append(db, ada, second, [earned(other)])).rejects.toThrow('one_event_per_version')
  expect(await points(ada)).toBe(5)
})

test('the state that the tables keep is the one that follows from the events, whatever was sent', async () => {
  const sent = fc.array(
    fc.record({
      kind: fc.constantFrom('confirmed', 'cancelled', 'refunded'),
      order: fc.nat({ max: 3 }),
      cents: fc.integer({ min: 1, max: 100_000_000_000 }),
    }),
    { maxLength: 15 },
  )
  await fc.assert(
    fc.asyncProperty(sent, async (sent) => {
      const ada = customer()
      const orders = [0, 1, 2, 3].map(() => randomUUID())
      for (const { kind, order, cents } of sent) {
        const orderId = orders[order]!
        if (kind === 'confirmed') await tell(confirmed(orderId, ada, cents))
        else if (kind === 'cancelled') await tell(cancelled(orderId, ada, cents))
        else
          await tell(refunded(orderId, cents)).catch((error: unknown) => {
            if (!(error instanceof TooEarly)) throw error
          })
      }
      const events = await eventsOf(ada)
      expect(events.reduce(evolve, nothing)).toEqual(await kept(ada))
    }),
    { numRuns: 50 },
  )
})

test('events that two replicas take in any order and twice are counted once', async () => {
  const ada = customer()
  const replicas = await Promise.all([world.spawn('loyalty'), world.spawn('loyalty')])
  await Promise.all(replicas.map(({ ready }) => ready))
  const orders = Array.from({ length: 30 }, () => randomUUID())
  for (const [index, orderId] of orders.entries()) {
    const both = [confirmed(orderId, ada, 1_050), cancelled(orderId, ada, 1_050)]
    // Every third order is cancelled, every other of those before its confirmation.
    const messages = index % 3 > 0 ? both.slice(0, 1) : index % 2 > 0 ? both : both.reverse()
    for (const message of [...messages, ...messages]) await world.send(message)
  }
  await until(async () => (await world.depth('loyalty')) === 0 && (await points(ada)) === 200)
  const ended = async () =>
    (await client.query('select from orders where customer_id = $1 and status = $2', [ada, 'cancelled'])).rowCount
  await until(async () => (await ended()) === 10)
  expect(await points(ada)).toBe(200)
  expect((await eventsOf(ada)).reduce(evolve, nothing)).toEqual(await kept(ada))
  await Promise.all(replicas.map((replica) => replica.kill('SIGTERM')))
}, 60_000)
