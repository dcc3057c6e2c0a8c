import { randomUUID } from 'node:crypto'
import type { ConfirmChannel } from 'amqplib'
import { Client } from 'pg'
import { OrderCancelled, OrderConfirmed, OrderCreated, StockReserved } from '#contracts'
import type { Handler, Message } from 'warren'
import { createWorld, until, type World } from '#testbed'
import { loadManifest } from '#runtime/manifest/index.ts'
import { outgoing, properties } from '#runtime/message/outgoing.ts'
import { portsWithoutWorld } from '#runtime/prepare/ports.ts'
import { loadModule } from '../build/load-module.ts'
import { runReplay } from '../replay/run.ts'

let world: World
let admin: ConfirmChannel
let numbers: Client
let journal: Client

beforeAll(async () => {
  world = await createWorld(['audit', 'analytics'])
  admin = await world.channel('admin')
  numbers = new Client({ connectionString: world.databaseUrl('analytics') })
  journal = new Client({ connectionString: world.databaseUrl('audit') })
  await Promise.all([numbers.connect(), journal.connect()])
  await Promise.all(['audit', 'analytics'].map(async (name) => (await world.spawn(name)).ready))
}, 60_000)
afterAll(async () => {
  await Promise.all([numbers?.end(), journal?.end()])
  await world?.close()
})

/** Publishes an event of some days ago. */
function publish(message: Message, days: number) {
  const at = { 'x-published-at': Date.now() - days * 86_400_000 }
  const { exchange, key, body, ...rest } = outgoing(message, randomUUID(), randomUUID(), at)
  admin.publish(exchange, key, Buffer.from(body), properties({ exchange, key, body, ...rest }, 'admin', 'shop'))
}

const rows = async (text: string) => (await numbers.query(text)).rows
const counts = async () => ({
  days: await rows('select * from days order by day, country, currency'),
  failures: await rows('select * from failures order by day, step, reason'),
})
const settled = async () => {
  const [{ handled }] = (await rows('select count(*)::int as handled from inbox')) as [{ handled: number }]
  const { rows: recorded } = await journal.query('select count(*)::int as recorded from journal')
  return handled === 240 && recorded[0].recorded === 240
}

test('the numbers are rebuilt from the journal as they were, on the days on which their orders were placed', async () => {
  for (let made = 0; made < 80; made++) {
    const orderId = randomUUID()
    const outcome = {
      ...{ orderId, customerId: 'ada', email: 'ada@example.com' },
      currency: 'EUR' as const,
      total: 1 + made,
    }
    const days = made % 5
    publish(OrderCreated({ ...outcome, country: ['DE', 'US'][made % 2] as string }), days)
    publish(StockReserved({ orderId }), days)
    publish(
      made % 8 === 0
        ? OrderCancelled({ ...outcome, step: 'payment', reason: 'insufficient funds' })
        : OrderConfirmed({ ...outcome, trackingId: 't' }),
      days,
    )
  }
  await admin.waitForConfirms()
  await until(settled, { within: 60_000 })
  const before = await counts()
  expect(before.days).toHaveLength(10)

  // What a rebuild has to repair.
  await numbers.query(`update days set revenue = 0; delete from failures; delete from orders where country = 'US'`)
  const lines: string[] = []
  const done = await runReplay(
    {
      ...{ to: 'analytics', since: undefined, until: undefined, key: '#' },
      ...{ rebuild: true, dryRun: false, json: true, data: '.warren' },
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
      manifests: ['audit', 'analytics'].map((name) => loadManifest(`handlers/${name}`)),
      subscriptionsOf: async (manifest) => {
        const { default: analytics } = await loadModule<{ default: Handler }>('handlers/analytics/handler.ts')
        return analytics.subscriptions(portsWithoutWorld(analytics, manifest))
      },
      print: (line) => lines.push(line),
      complain: () => undefined,
    },
  )
  expect([done, JSON.parse(lines[0] ?? '{}')]).toMatchObject([true, { sent: 240, skipped: 0 }])
  await until(settled, { within: 60_000 })
  expect(await counts()).toEqual(before)
}, 120_000)
