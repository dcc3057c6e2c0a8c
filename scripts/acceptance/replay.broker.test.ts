import { randomUUID } from 'node:crypto'
import type { ConfirmChannel } from 'amqplib'
import { Client } from 'pg'
import { OrderConfirmed } from '#contracts'
import { trails } from 'warren'
import { createWorld, until, type World } from '#testbed'
import { loadManifest } from '#runtime/manifest/index.ts'
import { outgoing, properties } from '#runtime/message/outgoing.ts'
import { recorded as asRecorded, recordsAbout, type JournalRow } from '../journal/read.ts'
import type { ReplayRequest } from '../replay/replay-command.ts'
import { runReplay } from '../replay/run.ts'

const analytics = 'scripts/acceptance/fixtures/analytics'
const manifests = [loadManifest('handlers/audit'), loadManifest(analytics)]

let world: World
let admin: ConfirmChannel
let sales: Client
let journal: Client

beforeAll(async () => {
  world = await createWorld(['audit', analytics], { partial: true })
  admin = await world.channel('admin')
  sales = new Client({ connectionString: world.databaseUrl('analytics') })
  journal = new Client({ connectionString: world.databaseUrl('audit') })
  await Promise.all([sales.connect(), journal.connect()])
  await Promise.all(['audit', 'analytics'].map(async (name) => (await world.spawn(name)).ready))
}, 60_000)

afterAll(async () => {
  await Promise.all([sales?.end(), journal?.end()])
  await world?.close()
})

async function confirmOrders(count: number, correlationId = randomUUID() as string) {
  for (let made = 0; made < count; made++) {
    const { exchange, key, body, ...rest } = outgoing(
      OrderConfirmed({
        orderId: randomUUID(),
        customerId: 'c-1',
        email: 'a@example.com',
        currency: 'EUR',
        total: 1 + (made % 97),
        trackingId: 't',
      }),
      randomUUID(),
      correlationId,
      { 'x-published-at': Date.now() },
    )
    const message = { exchange, key, body, ...rest }
    admin.publish(exchange, key, Buffer.from(body), properties(message, 'admin', 'shop'))
  }
  await admin.waitForConfirms()
}

const totals = async () =>
  (
    await sales.query(
      'select count(*)::int as rows, count(distinct message_id)::int as orders, sum(total)::int as total from sales',
    )
  ).rows[0]
const recorded = async () => (await journal.query('select count(*)::int as count from journal')).rows[0].count as number
const patiently = { within: 60_000 }

const replay = async (request: Partial<ReplayRequest> = {}) => {
  const lines: string[] = []
  const done = await runReplay(
    {
      to: 'analytics',
      since: undefined,
      until: undefined,
      key: '#',
      rebuild: false,
      dryRun: false,
      json: true,
      data: '.warren',
      ...request,
    },
    {
      system: {
        amqpUrl: world.url('operator'),
        managementUrl: `http://127.0.0.1:${world.broker.managementPort}`,
        handlers: {
          audit: { databaseUrl: world.databaseUrl('audit'), secrets: {} },
          analytics: { databaseUrl: world.databaseUrl('analytics'), secrets: {} },
        },
      },
      manifests,
      subscriptionsOf: async () => [],
      print: (line) => lines.push(line),
      complain: () => undefined,
    },
  )
  return { done, ...(JSON.parse(lines[0] ?? '{}') as { sent: number; skipped: number }) }
}

test('a new subscriber gets every event from then on, and the earlier ones by a replay', async () => {
  const key = 'order.confirmed.v1.#'
  // As before its folder was there.
  await admin.unbindQueue('analytics', 'events', key)
  await admin.unbindExchange('journal', 'events', key, { handler: 'analytics' })
  await confirmOrders(40)
  await until(async () => (await recorded()) === 40, patiently)
  await admin.bindQueue('analytics', 'events', key)
  await admin.bindExchange('journal', 'events', key, { handler: 'analytics' })
  await confirmOrders(10)
  await until(async () => (await totals()).rows === 10, patiently)
  await until(async () => (await recorded()) === 50, patiently)

  expect(await replay({ dryRun: true })).toMatchObject({ done: true, sent: 50 })
  expect((await totals()).rows).toBe(10)
  expect(await replay({ key: 'payment.#' })).toMatchObject({ sent: 0 })
  expect(await replay()).toMatchObject({ done: true, sent: 50, skipped: 0 })
  await until(async () => (await totals()).rows === 50, patiently)
  expect((await totals()).orders).toBe(50)
  // A replay is not recorded again.
  expect(await recorded()).toBe(50)
}, 120_000)

test('a rebuilt projection has the totals that it had, from 10,000 events; then a replay fills only what is missing', async () => {
  await confirmOrders(9_950)
  await until(async () => (await totals()).rows === 10_000 && (await recorded()) === 10_000, patiently)
  const before = await totals()

  const start = Date.now()
  expect(await replay({ rebuild: true })).toMatchObject({ done: true, sent: 10_000 })
  await until(async () => (await totals()).rows === 10_000, patiently)
  console.log(`10,000 events replayed and handled in ${Date.now() - start} ms`)
  expect(await totals()).toEqual(before)

  await sales.query(`with lost as (delete from inbox where id in (select id from inbox limit 100) returning id)
    delete from sales where message_id in (select id from lost)`)
  expect((await totals()).rows).toBe(9_900)
  await sales.query('create table first_filled as select clock_timestamp() as at')
  expect(await replay()).toMatchObject({ done: true, sent: 10_000 })
  await until(async () => (await world.depth('analytics')) === 0 && (await totals()).rows >= 10_000, patiently)
  expect(await totals()).toEqual(before)
  const { rows } = await sales.query(
    'select count(*)::int as count from inbox where handled_at > (select at from first_filled)',
  )
  expect(rows[0].count).toBe(100)
}, 240_000)

test('a replay is refused to the journal itself, to an unknown handler, and from before what an inbox remembers', async () => {
  await expect(replay({ to: 'audit' })).rejects.toThrow('audit keeps the journal')
  await expect(replay({ to: 'nothing' })).rejects.toThrow('--to must name a handler: audit, analytics')
  await expect(replay({ since: 31 * 86_400_000 })).rejects.toThrow('an inbox remembers a message for 30 days')
})

test('the records of an operation are a tree', async () => {
  const correlationId = randomUUID()
  const before = await recorded()
  await confirmOrders(2, correlationId)
  await until(async () => (await recorded()) === before + 2, patiently)
  const rows = await recordsAbout((text, values) => journal.query<JournalRow>(text, values), correlationId)
  const orderId = (JSON.parse(rows[0]!.body) as { orderId: string }).orderId
  const byOrder = await recordsAbout((text, values) => journal.query<JournalRow>(text, values), orderId)
  expect(byOrder.map(({ id }) => id)).toEqual(rows.map(({ id }) => id))
  expect(trails(rows.map(asRecorded))).toMatchObject([
    { correlationId, messages: 2, first: [{ ledTo: [] }, { ledTo: [] }] },
  ])
})
