import { until } from '../testbed/until.ts'
import { metric, probe } from '../testbed/probes.ts'
import { startWholeShop, type WholeShop } from '../shop/whole-shop.ts'
import { underLoad } from './under-load.ts'
import { cell } from './books-of-an-order.ts'
import { deadLetters, patiently, retries } from './at-rest.ts'

const outage = 30_000

let shop: WholeShop

beforeAll(async () => {
  shop = await startWholeShop()
}, 120_000)

afterAll(() => shop?.close())

const paid = async () => (await cell<number>(shop, 'payments', 'select count(*)::int as cell from payments')) ?? 0
const paused = () => metric(shop.running('payments'), 'warren_paused{dependency="bank"}')

test('while the bank is down for 30 s, orders wait: no attempt is spent, no message is dead-lettered, and work resumes within 10 s', async () => {
  const load = underLoad(shop, { orders: 200, rate: 10 })
  await until(async () => (await paid()) >= 20, patiently)

  await shop.running('bank').kill('SIGKILL')
  const downAt = Date.now()
  await until(async () => (await paused()) === 1, patiently)
  const openAfter = Date.now() - downAt
  const ready = await probe(shop.running('payments'), 'ready')
  expect([ready.status, await ready.json()]).toEqual([200, { ready: true, paused: 'bank' }])

  await until(() => Date.now() - downAt > outage, { within: outage })
  const before = await paid()
  expect(await shop.world.depth('payments')).toBeGreaterThan(50)
  expect(await paused()).toBe(1)

  await shop.start('bank')
  const backAt = Date.now()
  await until(async () => (await paid()) > before, patiently)
  const resumedAfter = Date.now() - backAt
  await until(async () => (await paused()) === 0, patiently)
  const closedAfter = Date.now() - backAt
  console.log(
    `bank down: paused after ${openAfter} ms; back: first payment after ${resumedAfter} ms, all after ${closedAfter} ms`,
  )
  expect(resumedAfter).toBeLessThan(10_000)

  await load.expectLedgerHolds()
  expect(await retries(shop, 'payments')).toBe(0)
  expect(await deadLetters(shop)).toBe(0)
}, 180_000)
