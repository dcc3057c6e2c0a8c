import { UpdateStock } from '#contracts'
import { until, createWorld, type World } from '#testbed'
import { Client } from 'pg'
import type { Message } from 'warren'
import { deliver } from 'warren/testing'
import { stockFeed } from './handler.ts'

let world: World
let db: Client

beforeAll(async () => {
  world = await createWorld(['stock-feed'])
  db = new Client({ connectionString: world.databaseUrl('stock-feed') })
  await db.connect()
})

afterAll(async () => {
  await db?.end()
  await world?.close()
})

const counted = (sku: string, set: number) => UpdateStock({ sku, set, change: 0 })
const changed = (sku: string, change: number) => UpdateStock({ sku, change })
const supplies = async () => (await db.query('select sku, quantity, updates from supplies order by sku')).rows
const tell = (message: Message) => deliver(stockFeed(), message, { db })

test('a count replaces what was known, a change is added to it', async () => {
  await tell(counted('PEN-1', 10))
  await tell(changed('PEN-1', -3))
  expect(await supplies()).toEqual([{ sku: 'PEN-1', quantity: 7, updates: 2 }])
})

test('a change before any count holds up its product alone', async () => {
  await db.query('truncate supplies')
  await world.send(changed('MUG-1', 5))
  for (let update = 0; update < 20; update++)
    for (const sku of ['LAMP-1', 'DESK-1', 'MUG-1'])
      await world.send(update === 0 ? counted(sku, 100) : changed(sku, -update))
  const replicas = await Promise.all([world.spawn('stock-feed'), world.spawn('stock-feed')])
  await Promise.all(replicas.map(({ ready }) => ready))

  // 100 - 1 - 2 - … is below 0 at the 14th change, which is refused in its turn.
  const quantity = 100 - (13 * 14) / 2
  await until(
    async () =>
      expect(await supplies()).toEqual(['DESK-1', 'LAMP-1'].map((sku) => ({ sku, quantity, updates: 14 }))) ===
      undefined,
  )
  const parked = async () =>
    (
      await db.query(
        'select key, count(*)::int as messages, max(reason) as reason from parked where not done group by key',
      )
    ).rows
  await until(
    async () => expect(await parked()).toContainEqual({ key: 'MUG-1', messages: 21, reason: 'rejected' }) === undefined,
  )
}, 60_000)
