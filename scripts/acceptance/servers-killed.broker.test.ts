import { ownBroker, ownDatabase } from '../testbed/own-servers.ts'
import { until } from '../testbed/until.ts'
import { metric, probe } from '../testbed/probes.ts'
import { startWholeShop, type WholeShop } from '../shop/whole-shop.ts'
import { underLoad } from './under-load.ts'
import { cell } from './books-of-an-order.ts'
import { deadLetters, listeners, patiently } from './at-rest.ts'

const servers: { stop(): Promise<void> }[] = []
let broker: Awaited<ReturnType<typeof ownBroker>>
let database: Awaited<ReturnType<typeof ownDatabase>>
let shop: WholeShop

beforeAll(async () => {
  ;[broker, database] = await Promise.all([ownBroker().then(kept), ownDatabase().then(kept)])
  shop = await startWholeShop({ broker, database })
}, 120_000)

afterAll(async () => {
  await shop?.close()
  await Promise.all(servers.map((server) => server.stop()))
}, 60_000)

function kept<Server extends { stop(): Promise<void> }>(server: Server): Server {
  servers.push(server)
  return server
}

const ended = async () =>
  (await cell<number>(shop, 'orders', `select count(*)::int as cell from sagas where status <> 'running'`)) ?? 0

/** Milliseconds until the next order ends. */
async function untilWorkGoesOn(before: number) {
  const start = Date.now()
  await until(async () => (await ended()) > before, patiently)
  return Date.now() - start
}

/** Waits until these handlers are ready, or not ready. */
async function untilReady(ready: boolean) {
  const status = ready ? 200 : 503
  const all = async () => Promise.all(listeners.map((handler) => probe(shop.running(handler), 'ready')))
  await until(async () => (await all()).every((answer) => answer.status === status), patiently)
}

/** No process has exited: an outage is a reason to wait, not to exit. */
const pids = () => listeners.map((handler) => shop.running(handler).pid)
const alive = (pid: number) => process.kill(pid, 0)

test('with the broker killed twice under load, no process exits, work resumes by itself, and every order ends correctly', async () => {
  const load = underLoad(shop, { orders: 300, rate: 15 })
  for (const target of [30, 120]) {
    await until(async () => (await ended()) >= target, patiently)
    await broker.kill()
    await untilReady(false)

    await broker.restart()
    const before = await ended()
    const resumedAfter = await untilWorkGoesOn(before)
    console.log(`broker killed: the next order ended ${resumedAfter} ms after it was back`)
    await untilReady(true)
  }
  expect(pids().every(alive)).toBe(true)
  await load.expectLedgerHolds()
  expect(await deadLetters(shop)).toBe(0)
}, 180_000)

test('with PostgreSQL killed twice under load, consumption pauses, work resumes by itself, and every order ends correctly', async () => {
  const before = await ended()
  const load = underLoad(shop, { orders: 300, rate: 15 })
  for (const target of [30, 120]) {
    await until(async () => (await ended()) >= before + target, patiently)
    await database.kill()
    const paused = () => metric(shop.running('gateway'), 'warren_paused{dependency="database"}')
    await until(async () => (await paused()) === 1, patiently)

    await database.restart()
    const known = await ended()
    const resumedAfter = await untilWorkGoesOn(known)
    console.log(`PostgreSQL killed: the next order ended ${resumedAfter} ms after it was back`)
    await until(async () => (await paused()) === 0, patiently)
  }
  expect(pids().every(alive)).toBe(true)
  await load.expectLedgerHolds()
  expect(await deadLetters(shop)).toBe(0)
}, 180_000)
