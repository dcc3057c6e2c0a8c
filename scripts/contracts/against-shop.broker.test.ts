import { randomUUID } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { command, event } from 'warren'
import * as z from 'zod'
import { loadManifest } from '#runtime/manifest/index.ts'
import { createWorld, until, type World } from '#testbed'
import { contractsIn } from '../send/message.ts'
import { survey } from './against-shop.ts'
import { surveyLines } from './survey-lines.ts'

const PlaceV1 = command('order.place.v1', { id: z.string() })
const contracts = contractsIn({
  PlaceV1,
  Place: command(
    'order.place.v2',
    { id: z.string(), tier: z.enum(['vip', 'usual']) },
    {
      upcasts: [PlaceV1, ({ id }) => ({ id, tier: id.startsWith('vip') ? ('vip' as const) : ('usual' as const) })],
    },
  ),
  Placed: event('order.placed.v1', { id: z.string() }),
})

let folder: string
let world: World

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'warren-survey-'))
  mkdirSync(join(folder, 'clerk'))
  writeFileSync(
    join(folder, 'clerk/handler.yaml'),
    'handles: [order.place.v1]\nemits: [order.placed.v1]\ndatabase: true\n',
  )
  writeFileSync(
    join(folder, 'clerk/handler.ts'),
    `import { handler } from 'warren'\nexport default handler({ subscriptions: () => [] })\n`,
  )
  world = await createWorld([join(folder, 'clerk'), 'audit'])
}, 60_000)

afterAll(async () => {
  await world?.close()
  rmSync(folder, { recursive: true })
})

async function query(handler: string, text: string, values: unknown[]) {
  const client = new Client({ connectionString: world.databaseUrl(handler) })
  await client.connect()
  await client.query(text, values)
  await client.end()
}

test('a survey of a running system finds what no contract takes any more, where it waits, and changes nothing', async () => {
  const channel = await world.channel(world.broker.admin.user)
  const publish = (exchange: string, key: string, type: string, body: object) =>
    channel.publish(exchange, key, Buffer.from(JSON.stringify(body)), { type, messageId: randomUUID() })
  publish('dead', 'clerk', 'order.place.v1', { id: 'a' })
  publish('dead', 'clerk', 'order.place.v1', { id: 7 })
  publish('dead', 'clerk', 'order.place.v1', { id: 8 })
  publish('delay', '10m.clerk', 'order.vanish.v1', {})
  await channel.waitForConfirms()
  const stored = (id: string, type: string, body: object) =>
    JSON.stringify({
      id,
      exchange: 'events',
      key: type,
      type,
      body: JSON.stringify(body),
      correlationId: 'c',
      headers: {},
    })
  const [timer, output] = [randomUUID(), randomUUID()]
  await query('clerk', `insert into timers (id, due, message) values ($1, now() + interval '1 d', $2)`, [
    timer,
    stored(timer, 'order.placed.v1', {}),
  ])
  await query('clerk', `insert into inbox (id, body_hash, outputs) values ($1, '', $2)`, [
    output,
    `[${stored(output, 'order.placed.v1', { id: 'b' })}]`,
  ])
  await query('audit', 'select keep_days($1)', [30])
  await query(
    'audit',
    `insert into journal (record_id, id, type, exchange, key, body, encoding, bytes, producer, headers)
     values (gen_random_uuid(), 'r', 'order.place.v2', 'commands', 'k', $1, 'text', $2, 'x', '{}')`,
    ['{"id":"c","tier":"gold"}', 24],
  )

  const system = {
    amqpUrl: world.url('operator'),
    managementUrl: 'http://127.0.0.1:1',
    handlers: Object.fromEntries(
      ['clerk', 'audit'].map((name) => [name, { databaseUrl: world.databaseUrl(name), secrets: {} }]),
    ),
  }
  const manifests = [loadManifest(join(folder, 'clerk')), loadManifest('handlers/audit')]
  const found = await survey(system, manifests, contracts, 3_600_000)
  expect(found.unread).toEqual([])
  expect(found.checked).toBe(7)
  expect(found.lost).toEqual([
    {
      place: 'wait.10m',
      type: 'order.vanish.v1',
      why: 'no contract defines it',
      count: 1,
      example: expect.any(String),
    },
    {
      place: 'clerk.dead',
      type: 'order.place.v1',
      why: expect.stringMatching(/^order\.place\.v1: id/),
      count: 2,
      example: expect.any(String),
    },
    { place: 'timers of clerk', type: 'order.placed.v1', why: expect.stringContaining('id'), count: 1, example: timer },
    { place: 'the journal', type: 'order.place.v2', why: expect.stringContaining('tier'), count: 1, example: 'r' },
  ])
  expect(surveyLines(found, false).at(-1)).toBe("7 messages checked, 5 of which today's contracts do not take.")
  expect(
    surveyLines(found, true)
      .map((line) => JSON.parse(line) as unknown)
      .at(-1),
  ).toEqual({ checked: 7, unread: [] })

  const without = { ...system, handlers: {} }
  expect((await survey(without, [manifests[0]!], contracts, 1)).unread).toEqual([
    'the database of clerk is not within reach',
  ])
  // The broker puts back what was looked at when the channel has closed.
  await until(async () => (await world.depth('clerk.dead')) === 3)
}, 60_000)
