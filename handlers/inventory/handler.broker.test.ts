import { randomUUID } from 'node:crypto'
import {
  CheckStock,
  CommitStock,
  ReleaseStock,
  ReserveStock,
  StockCommitted,
  StockLow,
  StockRejected,
  StockReleased,
  StockReserved,
} from '#contracts'
import { Reject, TooEarly, type Db, type Message } from 'warren'
import { deliver, reply } from 'warren/testing'
import { createWorld, type World } from '#testbed'
import fc from 'fast-check'
import { Client } from 'pg'
import { inventory } from './handler.ts'

let world: World
let db: Client

beforeAll(async () => {
  world = await createWorld(['inventory'])
  db = new Client({ connectionString: world.databaseUrl('inventory') })
  await db.connect()
})

afterAll(async () => {
  await db?.end()
  await world?.close()
})

const tell = (message: Message) => deliver(inventory(), message, { db })
const lines = (...pairs: [string, number][]) => pairs.map(([sku, quantity]) => ({ sku, quantity }))

/** A product that only the current test uses. */
async function product(available: number, lowBelow = 0) {
  const sku = `TEST-${randomUUID().slice(0, 8).toUpperCase()}`
  await db.query('insert into stock (sku, received, available, low_below) values ($1, $2, $2, $3)', [
    sku,
    available,
    lowBelow,
  ])
  return sku
}

async function stock(sku: string) {
  const { rows } = await db.query('select available, reserved, shipped from stock where sku = $1', [sku])
  return rows[0]
}

test('the warehouse starts with the products of the catalogue', async () => {
  const { rows } = await db.query(`select sku, available from stock where sku !~ '^TEST-' order by sku`)
  expect(rows).toEqual([
    ...[
      'BOOK-1',
      'CHAIR-1',
      'CHARGER-1',
      'DESK-1',
      'HEADPHONES-1',
      'LAMP-1',
      'LAPTOP-1',
      'MUG-1',
      'PEN-1',
      'PHONE-1',
    ].map((sku) => ({ sku, available: 1_000_000 })),
    { sku: 'RARE-1', available: 0 },
  ])
})

test('an order reserves all of its lines, and repeated SKUs are added up', async () => {
  const [one, other, orderId] = [await product(10), await product(10), randomUUID()]
  const reserve = ReserveStock({ orderId, lines: lines([other, 2], [one, 1], [other, 3]) })
  expect(await tell(reserve)).toEqual([StockReserved({ orderId })])
  expect(await stock(one)).toEqual({ available: 9, reserved: 1, shipped: 0 })
  expect(await stock(other)).toEqual({ available: 5, reserved: 5, shipped: 0 })
})

test('an order reserves nothing if one line is short, and the reason names that line', async () => {
  const [enough, short, orderId] = [await product(10), await product(2), randomUUID()]
  const reserve = ReserveStock({ orderId, lines: lines([enough, 1], [short, 3]) })
  const rejected = StockRejected({ orderId, reason: `${short} is out of stock: 3 requested, 2 available` })
  expect(await tell(reserve)).toEqual([rejected])
  expect(await stock(enough)).toEqual({ available: 10, reserved: 0, shipped: 0 })

  const unknown = randomUUID()
  expect(await tell(ReserveStock({ orderId: unknown, lines: lines(['NOWHERE-1', 1]) }))).toEqual([
    StockRejected({ orderId: unknown, reason: 'NOWHERE-1 is not in stock' }),
  ])
})

test('the last pieces can be reserved, but no more', async () => {
  const [sku, first, second] = [await product(2), randomUUID(), randomUUID()]
  expect(await tell(ReserveStock({ orderId: first, lines: lines([sku, 2]) }))).toEqual([
    StockReserved({ orderId: first }),
  ])
  expect(await tell(ReserveStock({ orderId: second, lines: lines([sku, 1]) }))).toEqual([
    StockRejected({ orderId: second, reason: `${sku} is out of stock: 1 requested, 0 available` }),
  ])
})

test('a command repeated under another id gets the same answer and changes nothing', async () => {
  const [sku, orderId] = [await product(10), randomUUID()]
  for (const _ of [1, 2]) {
    expect(await tell(ReserveStock({ orderId, lines: lines([sku, 4]) }))).toEqual([StockReserved({ orderId })])
    expect(await stock(sku)).toEqual({ available: 6, reserved: 4, shipped: 0 })
  }
  for (const _ of [1, 2]) {
    expect(await tell(CommitStock({ orderId }))).toEqual([StockCommitted({ orderId })])
    expect(await stock(sku)).toEqual({ available: 6, reserved: 0, shipped: 4 })
  }
  expect(await tell(ReserveStock({ orderId, lines: lines([sku, 4]) }))).toEqual([StockReserved({ orderId })])

  const other = randomUUID()
  await tell(ReserveStock({ orderId: other, lines: lines([sku, 1]) }))
  for (const _ of [1, 2]) {
    expect(await tell(ReleaseStock({ orderId: other }))).toEqual([StockReleased({ orderId: other })])
    expect(await stock(sku)).toEqual({ available: 6, reserved: 0, shipped: 4 })
  }
})

test('a rejected order stays rejected, even when new pieces arrive', async () => {
  const [sku, orderId] = [await product(0), randomUUID()]
  const rejected = StockRejected({ orderId, reason: `${sku} is out of stock: 1 requested, 0 available` })
  expect(await tell(ReserveStock({ orderId, lines: lines([sku, 1]) }))).toEqual([rejected])
  await db.query('update stock set received = 5, available = 5 where sku = $1', [sku])
  expect(await tell(ReserveStock({ orderId, lines: lines([sku, 1]) }))).toEqual([rejected])
  expect(await tell(ReleaseStock({ orderId }))).toEqual([StockReleased({ orderId })])
  expect(await stock(sku)).toEqual({ available: 5, reserved: 0, shipped: 0 })
})

test('a reservation that arrives after its release reserves nothing', async () => {
  const [sku, orderId] = [await product(10), randomUUID()]
  expect(await tell(ReleaseStock({ orderId }))).toEqual([StockReleased({ orderId })])
  expect(await tell(ReserveStock({ orderId, lines: lines([sku, 1]) }))).toEqual([
    StockRejected({ orderId, reason: 'the order was already cancelled' }),
  ])
  expect(await stock(sku)).toEqual({ available: 10, reserved: 0, shipped: 0 })
})

test('shipped pieces cannot be released, and released pieces cannot be shipped', async () => {
  const [sku, shipped, released] = [await product(10), randomUUID(), randomUUID()]
  await tell(ReserveStock({ orderId: shipped, lines: lines([sku, 1]) }))
  await tell(CommitStock({ orderId: shipped }))
  await expect(tell(ReleaseStock({ orderId: shipped }))).rejects.toThrow(Reject)

  await tell(ReserveStock({ orderId: released, lines: lines([sku, 1]) }))
  await tell(ReleaseStock({ orderId: released }))
  await expect(tell(CommitStock({ orderId: released }))).rejects.toThrow(Reject)
  expect(await stock(sku)).toEqual({ available: 9, reserved: 0, shipped: 1 })
})

test('a commit that arrives before its reservation waits for it', async () => {
  await expect(tell(CommitStock({ orderId: randomUUID() }))).rejects.toThrow(TooEarly)
})

test('low stock is reported once, by the reservation that crosses the threshold', async () => {
  const sku = await product(10, 8)
  const reserve = async (quantity: number) => {
    const orderId = randomUUID()
    const [, ...low] = await tell(ReserveStock({ orderId, lines: lines([sku, quantity]) }))
    return low
  }
  expect(await reserve(2)).toEqual([])
  expect(await reserve(1)).toEqual([StockLow({ sku, available: 7 })])
  expect(await reserve(1)).toEqual([])
})

test('no sequence of commands creates or loses a piece', async () => {
  const commands = fc.array(
    fc.record({
      kind: fc.constantFrom('reserve', 'release', 'commit'),
      order: fc.nat({ max: 3 }),
      quantity: fc.integer({ min: 1, max: 6 }),
    }),
    { maxLength: 30 },
  )
  await fc.assert(
    fc.asyncProperty(commands, async (commands) => {
      const sku = await product(10)
      const orders = [0, 1, 2, 3].map(() => randomUUID())
      const state = new Map<string, { is: 'reserved' | 'shipped' | 'closed'; quantity: number }>()
      for (const { kind, order, quantity } of commands) {
        const orderId = orders[order]!
        const before = state.get(orderId)
        const taken = [...state.values()].reduce((sum, { is, quantity }) => sum + (is === 'closed' ? 0 : quantity), 0)
        if (kind === 'reserve') {
          await tell(ReserveStock({ orderId, lines: lines([sku, quantity]) }))
          if (!before) state.set(orderId, { is: quantity <= 10 - taken ? 'reserved' : 'closed', quantity })
        } else if (kind === 'release') {
          await tell(ReleaseStock({ orderId })).catch(() => undefined)
          if (before?.is !== 'shipped') state.set(orderId, { is: 'closed', quantity })
        } else {
          await tell(CommitStock({ orderId })).catch(() => undefined)
          if (before?.is === 'reserved') state.set(orderId, { ...before, is: 'shipped' })
        }
      }
      const sum = (wanted: string) =>
        [...state.values()].reduce((sum, { is, quantity }) => sum + (is === wanted ? quantity : 0), 0)
      const [reserved, shipped] = [sum('reserved'), sum('shipped')]
      expect(await stock(sku)).toEqual({ available: 10 - reserved - shipped, reserved, shipped })
    }),
    { numRuns: 50 },
  )
})

test('the warehouse answers how many pieces of each product can be reserved, and leaves out what it does not know', async () => {
  const [some, none] = [await product(5), await product(0)]
  await tell(ReserveStock({ orderId: randomUUID(), lines: lines([some, 2]) }))
  const read = (async (text, values = []) => db.query(text, [...values])) as Db['query']
  expect(await reply(inventory(), CheckStock, { skus: [some, none, 'GOLD-1'] }, { read })).toEqual({
    available: { [some]: 3, [none]: 0 },
  })
})
