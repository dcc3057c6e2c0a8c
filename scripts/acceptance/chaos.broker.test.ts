import { randomInt } from 'node:crypto'
import fc from 'fast-check'
import { until } from '../testbed/until.ts'
import { startWholeShop, type WholeShop } from '../shop/whole-shop.ts'
import { underLoad } from './under-load.ts'
import { deadLetters, expectNothingLeft, handlers } from './at-rest.ts'
import { column } from './books-of-an-order.ts'
import { tracePublished, type Published } from './published.ts'

const seconds = 60
/** The same victims in the same order: `CHAOS_SEED=… npm test -- chaos` */
const seed = Number(process.env['CHAOS_SEED'] ?? randomInt(2 ** 31))

let shop: WholeShop
let published: Published

beforeAll(async () => {
  shop = await startWholeShop()
  published = await tracePublished(shop.world, ['commands', 'events'])
}, 120_000)

afterAll(() => shop?.close())

test(`with a random handler killed every second for ${seconds} s under load, every order ends correctly in every record`, async () => {
  console.log(`chaos with CHAOS_SEED=${seed}`)
  const victims = fc.sample(fc.constantFrom(...handlers), { seed, numRuns: seconds })
  const load = underLoad(shop, { orders: 500, rate: 9 })
  const ends: (string | null)[] = []
  const stop = keepAlive(ends)

  const start = Date.now()
  for (const [second, victim] of victims.entries()) {
    await until(() => Date.now() - start >= (second + 1) * 1_000)
    await shop.running(victim).kill('SIGKILL')
  }
  // Kept alive until then: the last victim may have been killed before it was ready.
  await load.expectLedgerHolds().finally(stop)

  expect(await deadLetters(shop)).toBe(0)
  console.log(`${ends.length} processes were killed, ${load.accepted} orders taken`)
  // No process died for another reason.
  expect(ends.filter((end) => end !== 'SIGKILL')).toEqual([])
  expect(ends.length).toBeGreaterThan(seconds * 0.9)
}, 300_000)

test('after these kills, the journal has every message that the exchanges took, each of them once', async () => {
  await expectNothingLeft(shop)
  const taken = await published.ids()
  const ids = new Set(taken)
  const recorded = await column<string>(shop, 'audit', 'select id as cell from journal')
  expect(new Set(recorded)).toEqual(ids)
  expect(recorded).toHaveLength(ids.size)
  console.log(
    `${taken.length} messages published: ${recorded.length} recorded, ${taken.length - ids.size} repeats dropped`,
  )
}, 120_000)

/** Restarts each handler as soon as it exits, and records how it exited. */
function keepAlive(ends: (string | null)[]) {
  let stopped = false
  const keep = async (name: string) => {
    for (;;) {
      const { signal, code } = await shop.running(name).exited
      if (stopped) return
      ends.push(signal ?? `${name}: exit code ${code}`)
      // A process killed before it is ready counts like any other.
      await shop.start(name).catch(() => undefined)
    }
  }
  for (const name of handlers) void keep(name)
  return () => (stopped = true)
}
