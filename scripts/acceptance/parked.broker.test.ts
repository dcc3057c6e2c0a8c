import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'amqplib'
import { Client } from 'pg'
import { UpdateStock } from '#contracts'
import { parse } from '../cli/command.ts'
import { until } from '../testbed/until.ts'
import { createWorld, type World } from '../testbed/world.ts'
import { loadManifest } from '#runtime/manifest/index.ts'
import { openDatabases } from '../trace/databases.ts'
import { trace } from '../trace/trace.ts'
import { deadCommand, requested } from '../dead/dead-command.ts'
import { runDead } from '../dead/run.ts'

let data: string
let world: World
let database: Client

beforeAll(async () => {
  data = mkdtempSync(join(tmpdir(), 'warren-parked-'))
  world = await createWorld(['stock-feed'])
  database = new Client({ connectionString: world.databaseUrl('stock-feed') })
  await database.connect()
  await (
    await world.spawn('stock-feed')
  ).ready
})

afterAll(async () => {
  await database?.end()
  await world?.close()
  rmSync(data, { recursive: true })
})

/** The command, as the operator's user. */
async function dead(...args: string[]) {
  const lines: string[] = []
  await runDead(requested(parse(deadCommand(['stock-feed']), [...args, '--data', data])!), {
    connect: () => connect(world.url('operator')),
    handlers: ['stock-feed'],
    subscriptions: [],
    print: (line) => lines.push(line),
    ordered: () => ({ 'stock-feed': world.databaseUrl('stock-feed') }),
  })
  return lines
}
/** Where a message is according to `trace`. */
async function placeOf(id: string) {
  const databases = await openDatabases({ 'stock-feed': world.databaseUrl('stock-feed') })
  const { user, password } = world.broker.admin
  const management = { url: `http://127.0.0.1:${world.broker.managementPort}`, user, password, vhost: world.vhost }
  const { operations } = await trace(id, {
    manifests: [loadManifest('handlers/stock-feed')],
    databases,
    management,
    connect: () => connect(world.url('operator')),
  })
  await databases.close()
  return operations.flatMap(({ messages }) => messages.filter((message) => message.id === id).flatMap(({ to }) => to))
}
const resting = async () => (await dead('list', '--json')).map((line) => JSON.parse(line) as object)
const quantities = async (sku: string) =>
  (await database.query('select quantity, updates from supplies where sku = $1', [sku])).rows

test('a parked message is listed with its reason; redriven, it is tried again, and its key goes on in order', async () => {
  // A change before any count is rejected, and holds up the changes behind it.
  const ids: string[] = []
  for (const change of [5, -7, 2]) ids.push(await world.send(UpdateStock({ sku: 'MUG-1', change })))
  await until(async () => (await resting()).length === 1)
  await until(async () => (await database.query('select from parked')).rowCount === 3)
  expect(await placeOf(ids[0]!)).toEqual([
    expect.objectContaining({ is: 'parked', key: 'MUG-1', due: undefined, reason: 'rejected' }),
  ])
  expect(await placeOf(ids[2]!)).toEqual([expect.objectContaining({ is: 'parked', reason: undefined, error: '' })])
  expect(await resting()).toMatchObject([
    { handler: 'stock-feed', type: 'stock.update.v1', reason: 'rejected', count: 1 },
  ])

  await database.query(`insert into supplies (sku, quantity) values ('MUG-1', 0)`)
  expect(await dead('redrive', '--handler', 'stock-feed')).toEqual(['1 sent back, 0 refused.'])
  // In the order 5, -7 the second change is refused in its turn, and the third waits behind it.
  await until(async () => expect(await quantities('MUG-1')).toMatchObject([{ quantity: 5 }]) === undefined)
  await until(async () => (await resting()).length === 1)

  await dead('discard', '--handler', 'stock-feed', '--yes')
  await until(async () => expect(await quantities('MUG-1')).toMatchObject([{ quantity: 7 }]) === undefined)
  expect(readFileSync(join(data, 'discarded.jsonl'), 'utf8')).toContain('"change":-7')
  expect(await resting()).toEqual([])
}, 60_000)
