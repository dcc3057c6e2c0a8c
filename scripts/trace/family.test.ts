import { randomUUID } from 'node:crypto'
import { parseManifest } from '#runtime/manifest/index.ts'
import { outputId, timerId } from '#runtime/message/outgoing.ts'
import type { Row } from './databases.ts'
import { familyOf, rootsOf, rowsOf } from './family.ts'

const manifests = [
  parseManifest('orders', { handles: ['order.place.v1'], sends: ['stock.reserve.v1'], database: true }),
  parseManifest('inventory', { handles: ['stock.reserve.v1'], database: true }),
  parseManifest('relay', { handles: ['stock.reserve.v1'], sends: ['parcel.send.v1'] }),
]

const row = (handler: string, id: string, changes: Partial<Row> = {}): Row => ({
  handler,
  id,
  type: null,
  correlation_id: 'c',
  cause_id: null,
  subject: null,
  attempt: 1,
  sent: null,
  handled_at: new Date(),
  unconfirmed: false,
  ...changes,
})

/** Databases that hold these rows. */
const holding = (...rows: Row[]) => ({
  readable: ['orders', 'inventory'],
  byId: async (ids: readonly string[]) => rows.filter(({ id }) => ids.includes(id)),
  first: async (id: string) =>
    rows.filter(({ cause_id, correlation_id, subject }) => cause_id === null && [correlation_id, subject].includes(id)),
})

const place = randomUUID()
const reserve = outputId(place, 'orders', 0)
const placed = row('orders', place, { subject: 'order 5', sent: '["stock.reserve.v1.gb","@order.late.v1"]' })
const reserved = row('inventory', reserve, { cause_id: place })

test('from the first row, each message that it led to is known by its id, handled or not', async () => {
  const { rows, sent } = await familyOf([placed], holding(placed, reserved), manifests)
  expect([...rows.values()]).toEqual([placed, reserved])
  const timer = outputId(place, 'orders', 1)
  expect([...sent.values()]).toEqual([
    { id: reserve, key: 'stock.reserve.v1.gb', cause: placed, timer: undefined },
    { id: timer, key: 'order.late.v1', cause: placed, timer: timerId(timer) },
  ])
})

test('what a handler without a database passed on is found as well', async () => {
  const parcel = row('orders', outputId(reserve, 'relay', 3), { cause_id: reserve })
  const { rows } = await familyOf([placed], holding(placed, reserved, parcel), manifests)
  expect([...rows.values()]).toContain(parcel)
})

test('the message that a timer kept has the id that its row names', async () => {
  const kept = randomUUID()
  const fired = row('orders', timerId(kept), { sent: `["#${kept} order.cancel.v1"]` })
  const handled = row('orders', kept)
  const { rows, sent } = await familyOf([fired], holding(fired, handled), manifests)
  expect([...sent.values()]).toEqual([{ id: kept, key: 'order.cancel.v1', cause: fired, timer: undefined }])
  expect([...rows.values()]).toEqual([fired, handled])
})

test('every id of an operation leads to its first row, and so does its business id', async () => {
  const other = row('inventory', randomUUID(), { correlation_id: 'another' })
  const databases = holding(placed, reserved, other)
  for (const id of [place, reserve, 'c', 'order 5'])
    expect(await rootsOf(await rowsOf(id, databases), databases)).toEqual([placed])
})

test('a row whose cause is in no database is where its operation begins, and messages that cause each other end no search', async () => {
  const [one, two] = [randomUUID(), randomUUID()]
  const orphan = row('orders', randomUUID(), { cause_id: randomUUID() })
  expect(await rootsOf([orphan], holding(orphan))).toEqual([orphan])
  const circle = holding(row('orders', one, { cause_id: two }), row('orders', two, { cause_id: one }))
  await rootsOf(await rowsOf(one, circle), circle)
})
