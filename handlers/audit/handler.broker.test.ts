import { randomUUID } from 'node:crypto'
import { OrderConfirmed, ReleaseStock } from '#contracts'
import type { ConfirmChannel, Options } from 'amqplib'
import { Client } from 'pg'
import { createWorld, publishAnswer, until, type HandlerProcess, type World } from '#testbed'

let world: World
let db: Client
let admin: ConfirmChannel
let process: HandlerProcess

beforeAll(async () => {
  world = await createWorld(['audit', 'inventory'], { partial: true })
  db = new Client({ connectionString: world.databaseUrl('audit') })
  await db.connect()
  admin = await world.channel('admin')
  process = await world.spawn('audit')
  await process.ready
}, 60_000)

afterAll(async () => {
  await db?.end()
  await world?.close()
})

async function publish(exchange: string, key: string, body: string | Buffer, options: Options.Publish = {}) {
  admin.publish(exchange, key, Buffer.from(body as string), options)
  await admin.waitForConfirms()
}

async function records(where: string, ...values: unknown[]): Promise<any[]> {
  return (await db.query(`select * from journal where ${where} order by recorded_at`, values)).rows
}

const settled = () => until(async () => (await world.depth('audit')) === 0)

test('a command and an event are in the journal with their whole envelope, and their handlers get them too', async () => {
  const [orderId, correlationId] = [randomUUID(), randomUUID()]
  const id = await world.send(ReleaseStock({ orderId }), { correlationId })
  const [record] = await until(async () => {
    const found = await records('id = $1', id)
    return found.length > 0 && found
  })
  expect(record).toMatchObject({
    type: 'stock.release.v1',
    exchange: 'commands',
    key: 'stock.release.v1',
    correlation_id: correlationId,
    subject: orderId,
    encoding: 'text',
    app: 'admin',
  })
  expect(JSON.parse(record.body)).toEqual({ orderId })
  expect(await world.depth('inventory')).toBe(1)
})

test('an event that no handler subscribes to is recorded, and is in `unrouted` as without a journal', async () => {
  const id = randomUUID()
  await publish('events', 'weather.changed.v1.us', '{}', { messageId: id, type: 'weather.changed.v1' })
  await until(async () => (await records('id = $1 and exchange = $2', id, 'events')).length === 1)
  expect(await world.depth('unrouted')).toBe(1)
})

test('a command without a handler returns to its sender although there is a journal', async () => {
  const returned = new Promise((resolve) => admin.once('return', resolve))
  await publish('commands', 'weather.change.v1', '{}', { messageId: randomUUID(), mandatory: true })
  await returned
  await settled()
  expect(await records('key = $1', 'weather.change.v1')).toEqual([])
})

test('nothing about a message keeps it out of the journal, and nothing of it becomes a dead letter', async () => {
  const key = 'stock.release.v1.odd'
  const odd: [string | Buffer, Options.Publish][] = [
    ['no JSON', { messageId: randomUUID(), type: 'stock.release.v1' }],
    [Buffer.from([0xff, 0x00, 0x80]), { messageId: randomUUID() }],
    ['{"orderId":"\\u0000"}', { messageId: 'no UUID' }],
    ['{"orderId":"a\\ud800"}', {}],
    ['['.repeat(1_000), { messageId: randomUUID(), type: 'nested' }],
    ['x'.repeat(300_000), { messageId: randomUUID(), type: 'large' }],
    [
      '{}',
      {
        messageId: 'a\0b',
        type: 't\0',
        correlationId: '\0',
        headers: { 'x-causation-id': '\0', 'x-published-at': -8e15 },
      },
    ],
    ['{}', { messageId: randomUUID(), timestamp: 1e15, headers: { 'x-published-at': 8.64e15 } }],
  ]
  for (const [body, options] of odd) await publish('commands', key, body, options)
  await until(async () => (await records('key = $1', key)).length === odd.length)
  const large = await records('type = $1', 'large')
  expect([large[0].bytes, large[0].body.length]).toEqual([300_000, 256 * 1024])
  expect((await records('encoding = $1', 'base64')).map(({ body }) => Buffer.from(body, 'base64'))).toEqual([
    odd[1]![0],
  ])
  expect(await world.depth('audit.dead')).toBe(0)
})

test('a message that is published again is recorded once; another body under its id is recorded too', async () => {
  const id = randomUUID()
  const send = (body: string) =>
    publish('commands', 'stock.release.v1', body, { messageId: id, type: 'stock.release.v1' })
  await send('{"n":1}')
  await send('{"n":1}')
  await send('{"n":2}')
  await send('{"n":1}')
  const marker = await world.send(ReleaseStock({ orderId: randomUUID() }))
  await until(async () => (await records('id = $1', marker)).length === 1)
  expect((await records('id = $1', id)).map(({ body }) => body)).toEqual(['{"n":1}', '{"n":2}'])
})

test('the handler of a journal may publish nothing', async () => {
  for (const exchange of ['commands', 'events', 'journal', 'redrive'])
    expect(await publishAnswer(world, 'audit', exchange, OrderConfirmed.type)).toBe(403)
})

test('days older than KEEP_DAYS are dropped, and tomorrow is ready before it comes', async () => {
  await db.query(`create table journal_20200101 partition of journal for values from ('2020-01-01') to ('2020-01-02')`)
  await db.query(`insert into journal (recorded_at, record_id, exchange, key, body, encoding, bytes, producer, headers)
    values ('2020-01-01 12:00+00', gen_random_uuid(), '', '', '', 'text', 0, '', '{}')`)
  const { rows } = await db.query(
    `select to_char((now() at time zone 'UTC') + interval '1 day', '"journal_"YYYYMMDD') as tomorrow`,
  )
  await db.query(`drop table ${rows[0].tomorrow}`)
  const id = await world.send(ReleaseStock({ orderId: randomUUID() }))
  await until(async () => (await records('id = $1', id)).length === 1)
  const { rows: days } = await db.query(
    `select relname from pg_inherits join pg_class on oid = inhrelid where inhparent = 'journal'::regclass order by 1`,
  )
  expect(days).toHaveLength(2)
  expect(days[1].relname).toBe(rows[0].tomorrow)
})
