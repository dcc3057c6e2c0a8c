import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { chmodSync, cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { StockLow } from '#contracts'
import { logIn } from '#runtime/broker/login.ts'
import { clientOf } from '#runtime/database/client.ts'
import { outgoing, properties } from '#runtime/message/outgoing.ts'
import { addressOf } from '#runtime/settings/address.ts'
import { readQueues } from '../inspect/queues.ts'
import { managementOf, type System } from '../inspect/system.ts'
import { freePorts } from '../servers/ports.ts'
import { runLoad } from '../shop/load/run.ts'
import { wholeShop } from '../shop/shop.ts'
import { npmStart, pressCtrlC, ready, type Started } from '../testbed/npm-start.ts'
import { until } from '../testbed/until.ts'
import { cloneInto } from './clone.ts'

const patiently = { within: 120_000 }
const types = ['order.confirmed.v1', 'stock.low.v1']

let root: string
let start: Started
let system: System

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'warren-subscriber-'))
  // When started by root, PostgreSQL runs under an account without rights, which must be able to enter the folder.
  chmodSync(root, 0o755)
  cloneInto(root)
})

afterAll(async () => {
  await stop()
  rmSync(root, { recursive: true, force: true })
}, 60_000)

async function run() {
  const [port] = await freePorts(1)
  start = npmStart(join(root, '.warren'), { PORT: String(port) }, root)
  system = await ready(start)
}

async function stop() {
  if (start.child.exitCode === null) pressCtrlC(start)
  await start.exited
}

/** One number from the database of a handler. */
async function count(handler: string, what: string): Promise<number> {
  const client = clientOf(system.handlers[handler]?.databaseUrl ?? '')
  await client.connect()
  try {
    return (await client.query<{ count: number }>(`select count(*)::int ${what}`)).rows[0]?.count ?? 0
  } finally {
    await client.end()
  }
}

const recorded = () => count('audit', `from journal where type in ('${types.join("', '")}')`)
const received = () => count('stock-watch', 'from received')

/** Places orders over HTTP, and waits until they have ended and are recorded. */
async function order(orders: number) {
  const { gatewayUrl, authSecret } = wholeShop(system)
  const ended = () => count('orders', `from sagas where status <> 'running'`)
  const before = await ended()
  const folder = join(root, 'load')
  const { accepted } = await runLoad({ gatewayUrl, access: { secret: authSecret }, orders, rate: 10, folder })
  await until(async () => (await ended()) === before + accepted, patiently)
  const confirmed = await count('orders', `from sagas where status = 'done'`)
  await until(async () => (await count('audit', `from journal where type = '${types[0]}'`)) === confirmed, patiently)
}

async function runOutOfStock(events: number) {
  const connection = await logIn(system.amqpUrl)
  const channel = await connection.createConfirmChannel()
  const { user } = addressOf(system.amqpUrl)
  for (let made = 0; made < events; made++) {
    const message = outgoing(StockLow({ sku: 'MUG-1', available: made }), randomUUID(), randomUUID(), {})
    channel.publish(message.exchange, message.key, Buffer.from(message.body), properties(message, user, user))
  }
  await channel.waitForConfirms()
  await connection.close()
  await until(async () => (await count('audit', `from journal where type = '${types[1]}'`)) === events, patiently)
}

/** Runs the command in a process of its own. */
function replay() {
  const args = ['scripts/warren.mjs', 'replay', '--to', 'stock-watch', '--json', '--data', start.data]
  const child = spawn(process.execPath, args, { cwd: root, detached: true, stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const ended = new Promise<string>((resolve) => child.once('close', () => resolve(said)))
  return { ended, kill: () => process.kill(-child.pid!, 'SIGKILL') }
}

test('a new subscriber is one folder: it gets every event from its start on, and the earlier ones by a replay, also by one that was killed', async () => {
  await run()
  await order(10)
  await runOutOfStock(10_000)
  const earlier = await recorded()
  await stop()

  cpSync('scripts/acceptance/fixtures/stock-watch', join(root, 'handlers/stock-watch'), { recursive: true })
  await run()
  await order(5)
  const all = await recorded()
  expect(all).toBeGreaterThan(earlier)
  await until(async () => (await received()) === all - earlier, patiently)

  const killed = replay()
  await until(async () => (await received()) > all - earlier, { within: 60_000 })
  killed.kill()
  expect(await killed.ended).toBe('')
  await until(async () => {
    const totals = (await readQueues(managementOf(system))).get('stock-watch')
    return totals?.ready === 0 && totals.unacknowledged === 0
  }, patiently)
  expect(await received()).toBeLessThan(all)

  expect(JSON.parse(await replay().ended)).toMatchObject({ sent: all, skipped: 0, complete: true })
  await until(async () => (await received()) === all, patiently)
  expect(await count('stock-watch', 'from (select distinct message_id from received) as messages')).toBe(all)
}, 400_000)
