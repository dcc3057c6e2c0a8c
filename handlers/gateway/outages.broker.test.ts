import { randomUUID } from 'node:crypto'
import { Client, escapeIdentifier } from 'pg'
import { createWorld, type HandlerProcess, type Link, metric, openLink, until, type World } from '#testbed'
import { anOrder, post, secret } from './testing/server.ts'

let world: World
let admin: Client
let gateway: HandlerProcess
let link: Link | undefined

beforeAll(async () => {
  world = await createWorld(['gateway'])
  admin = new Client({ connectionString: world.database.adminUrl })
  await admin.connect()
  const channel = await world.channel(world.broker.admin.user)
  await channel.assertQueue('orders', { arguments: { 'x-queue-type': 'quorum' } })
  await channel.bindQueue('orders', 'commands', 'order.place.v1.#')
})

afterEach(async () => {
  await gateway.kill('SIGKILL')
  await link?.close()
  link = undefined
})

afterAll(async () => {
  await admin?.end()
  await world?.close()
})

async function start(env: Record<string, string> = {}) {
  gateway = await world.spawn('gateway', { AUTH_SECRET: secret, ...env })
  await gateway.ready
  expect((await order()).status).toBe(202)
}

async function order() {
  const began = performance.now()
  const response = await post(`http://127.0.0.1:${gateway.httpPort}`, anOrder, { 'idempotency-key': randomUUID() })
  return { status: response.status, comeBack: response.headers.get('retry-after'), took: performance.now() - began }
}

/** Tens of milliseconds, with room for a busy machine. */
const atOnce = 1_000

async function expectRefusedAtOnce() {
  for (let count = 0; count < 5; count++) {
    const { status, comeBack, took } = await order()
    expect(status).toBe(503)
    expect(Number(comeBack)).toBeGreaterThan(0)
    expect(took).toBeLessThan(atOnce)
  }
}

/** The first customers of an outage wait for as long as it is not known. */
async function firstCustomerWaits() {
  const first = order()
  const since = performance.now()
  await until(() => performance.now() - since > 5_000)
  return { first }
}

test('an order gets its 503 at once while the database refuses logins; the gateway notices the beginning and the end without a request', async () => {
  await start()
  const role = escapeIdentifier(new URL(world.databaseUrl('gateway')).username)
  const paused = () => metric(gateway, 'warren_paused{dependency="database"}')
  await admin.query(`alter role ${role} nologin`)
  await admin.query('select pg_terminate_backend(pid) from pg_stat_activity where usename = $1', [
    new URL(world.databaseUrl('gateway')).username,
  ])
  await until(async () => (await paused()) === 1, { within: 30_000 })
  await expectRefusedAtOnce()

  await admin.query(`alter role ${role} login`)
  await until(async () => (await paused()) === 0, { within: 30_000 })
  expect((await order()).status).toBe(202)
}, 90_000)

test('an order gets its 503 at once while the database does not answer, after its first customer has waited', async () => {
  const url = world.databaseUrl('gateway')
  link = await openLink(Number(new URL(url).port))
  await start({ DATABASE_URL: link.via(url) })
  link.deaden()
  const { first } = await firstCustomerWaits()
  await expectRefusedAtOnce()
  expect((await first).status).toBe(503)
}, 60_000)

test('an order gets its 503 at once while the broker confirms nothing, after its first customer has waited', async () => {
  link = await openLink(world.broker.port)
  await start({ AMQP_URL: link.via(world.url('gateway')) })
  link.deaden()
  const { first } = await firstCustomerWaits()
  await expectRefusedAtOnce()
  expect((await first).status).toBe(503)

  await until(async () => (await order()).status === 202, { within: 60_000 })
}, 120_000)
