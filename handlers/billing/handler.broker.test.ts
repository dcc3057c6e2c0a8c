import { randomUUID } from 'node:crypto'
import { OrderConfirmed, ReadInvoice } from '#contracts'
import { until, createWorld, type World } from '#testbed'
import { Client } from 'pg'
import { Reject, type Db, type Message } from 'warren'
import { deliver, reply } from 'warren/testing'
import { billing } from './handler.ts'
import { readPdf } from './testing/read-pdf.ts'

let world: World
let db: Client

beforeAll(async () => {
  world = await createWorld(['billing'], { tiers: { '1s': 50, '5s': 50, '30s': 50 } })
  db = new Client({ connectionString: world.databaseUrl('billing') })
  await db.connect()
})

afterEach(async () => {
  await db.query(`truncate invoices, numbers; delete from tax_rules where country = 'BR'`)
})

afterAll(async () => {
  await db?.end()
  await world?.close()
})

const lines = [
  { sku: 'BOOK-1', quantity: 2, unitPrice: 3_490 },
  { sku: 'PEN-1', quantity: 1, unitPrice: 2_450 },
]
const shipTo = { name: 'Ada Lovelace', street: '1 Engine Way', city: 'London', postalCode: 'W1', country: 'GB' }

function order(orderId: string, { country = 'GB', customerId = 'ada', total = 9_430 } = {}) {
  const outcome = { orderId, customerId, email: 'ada@example.com', currency: 'EUR', total } as const
  return OrderConfirmed({ ...outcome, trackingId: 'parcel-1', lines, shipTo: { ...shipTo, country } })
}

const tell = (message: Message) => deliver(billing(), message, { db })
const read = (async (text, values = []) => db.query(text, [...values])) as Db['query']
const invoice = async (orderId: string, customerId = 'ada') =>
  (await reply(billing(), ReadInvoice, { orderId, customerId }, { read })).invoice
const numbers = async () =>
  (await db.query<{ number: number }>('select number from invoices order by number')).rows.map(({ number }) => number)
const thisYear = async () =>
  (await db.query<{ year: number }>(`select extract(year from now() at time zone 'Europe/Berlin')::int as year`))
    .rows[0]!.year

test('a confirmed order has one invoice, however often its confirmation comes, and its owner gets it as a PDF', async () => {
  const orderId = randomUUID()
  for (const _ of [1, 2]) await tell(order(orderId))
  expect(await numbers()).toEqual([1])
  const { rows } = await db.query('select currency, total::int, tax::int, customer_id from invoices')
  expect(rows).toEqual([{ currency: 'EUR', total: 9_430, tax: 1_572, customer_id: 'ada' }])

  const got = await invoice(orderId)
  expect(got?.number).toBe(`${await thisYear()}-000001`)
  const text = readPdf(Buffer.from(got?.pdf ?? '', 'base64')).pages.flat()
  for (const shown of [`Invoice ${got?.number}`, `Order ${orderId}`, 'Ada Lovelace', 'EUR 94.30', 'EUR 15.72'])
    expect(text).toContain(shown)
})

test('an invoice is not answered to another customer, nor one that does not exist', async () => {
  const orderId = randomUUID()
  await tell(order(orderId))
  expect(await invoice(orderId, 'bob')).toBeNull()
  expect(await invoice(randomUUID())).toBeNull()
})

test('an order to a country without a tax rule fails and uses no number; once there is a rule, it has the next one', async () => {
  const [before, without, after] = [randomUUID(), randomUUID(), randomUUID()]
  await tell(order(before))
  await expect(tell(order(without, { country: 'BR' }))).rejects.toThrow('tax_rules has no row for BR')
  await tell(order(after))
  await db.query(`insert into tax_rules values ('BR', 'ICMS', 1700)`)
  await tell(order(without, { country: 'BR' }))
  const { rows } = await db.query('select order_id, number from invoices order by number')
  expect(rows.map(({ order_id }) => order_id as string)).toEqual([before, after, without])
  expect(rows.map(({ number }) => number as number)).toEqual([1, 2, 3])
})

test('a transaction that fails after it has taken a number gives it back', async () => {
  await db.query('alter table invoices add constraint refused check (customer_id <> $$eve$$)')
  await tell(order(randomUUID()))
  await expect(tell(order(randomUUID(), { customerId: 'eve' }))).rejects.toThrow('refused')
  await tell(order(randomUUID()))
  await db.query('alter table invoices drop constraint refused')
  expect(await numbers()).toEqual([1, 2])
})

test('each year begins with number 1', async () => {
  const year = await thisYear()
  await db.query('insert into numbers values ($1, 41)', [year - 1])
  await tell(order(randomUUID()))
  expect((await db.query('select year, last from numbers order by year')).rows).toEqual([
    { year: year - 1, last: 41 },
    { year, last: 1 },
  ])
})

test('lines that do not add up to the total, or are not told, are rejected at once', async () => {
  await expect(tell(order(randomUUID(), { total: 9_431 }))).rejects.toThrow(Reject)
  const { data } = order(randomUUID())
  const { lines: _lines, ...untold } = data
  await expect(tell(OrderConfirmed(untold))).rejects.toThrow(Reject)
  expect(await numbers()).toEqual([])
})

test('the numbers of many orders have no gap and no double, although some fail and both replicas are killed', async () => {
  const replicas = [await world.spawn('billing'), await world.spawn('billing')]
  await Promise.all(replicas.map(({ ready }) => ready))
  for (let index = 0; index < 90; index++) {
    await world.send(order(randomUUID(), { country: index % 9 === 0 ? 'BR' : 'GB' }))
    if (index === 45) await Promise.all(replicas.map((replica) => replica.kill('SIGKILL')))
  }
  await (
    await world.spawn('billing')
  ).ready
  await until(async () => (await numbers()).length === 80)
  await until(async () => (await world.depth('billing.dead')) === 10)
  expect(await numbers()).toEqual(Array.from({ length: 80 }, (_, index) => index + 1))
}, 60_000)
