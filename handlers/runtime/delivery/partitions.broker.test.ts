import { metric, until } from '#testbed'
import { createFeedWorld, inOrder, updatesOf, type FeedWorld } from '../fixtures/feed-world.ts'
import { Update } from '../fixtures/updates.ts'
import { partitionOf, partitionWord } from '../partition.ts'

let shares: FeedWorld
let feed: FeedWorld
beforeAll(async () => {
  shares = await createFeedWorld('shares')
  feed = await createFeedWorld('feed')
})
afterEach(() => Promise.all([shares.reset(), feed.reset()]))
afterAll(() => Promise.all([shares?.close(), feed?.close()]))

const update = (sku: string, number: number) => Update({ sku, number, takes: 4, flaw: 'none' })

test('5,000 updates of 100 products in eight partitions, three replicas and a SIGKILL a second: each product in its order, none lost, doubled or parked', async () => {
  await shares.send(updatesOf(5_000, 100, update))
  const began = performance.now()
  await shares.start(3)
  const kills = await shares.killUntil(async () => (await shares.count()) === 5_000, 150_000)
  const seconds = (performance.now() - began) / 1_000
  const all = Object.values(await shares.applied())
  expect(all).toHaveLength(100)
  for (const numbers of all) expect(numbers).toEqual(inOrder(50))
  await until(() => shares.noted.size === 5_000, { within: 60_000 })
  expect([...shares.noted.values()].filter((ids) => ids.size !== 1)).toEqual([])
  expect(await shares.everParked()).toEqual([])
  console.log(`eight partitions: 5,000 updates under ${kills} SIGKILLs in ${seconds.toFixed(1)} s`)
}, 240_000)

test('replicas share the queues; one that comes takes over its share in order, and the others take it back when it goes', async () => {
  const handled = () => Promise.all(shares.replicas.map(({ current }) => metric(current, 'warren_handled_total')))
  const send = (from: number) => shares.send(updatesOf(1_600, 160, (sku, number) => update(sku, number + from)))
  const all = (count: number) => until(async () => (await shares.count()) === count, { within: 60_000 })

  await shares.start(2)
  await shares.shared(2)
  await send(0)
  await all(1_600)
  const two = await handled()

  // It takes them from replicas that are in the middle of it.
  await send(10)
  const [third] = await shares.start(1)
  await all(3_200)
  await shares.shared(3)
  const before = await handled()
  await send(20)
  await all(4_800)
  const three = (await handled()).map((now, index) => now - before[index]!)

  await send(30)
  await until(async () => (await shares.count()) > 5_000, { within: 60_000 })
  await third!.stop()
  shares.replicas.splice(2)
  await all(6_400)
  await shares.shared(2)
  console.log(`handled by each of two replicas: ${two.join(' + ')}, of three: ${three.join(' + ')}`)
  for (const numbers of Object.values(await shares.applied())) expect(numbers).toEqual(inOrder(40))
  // 160 keys do not fall into the eight partitions evenly.
  expect(Math.min(...two)).toBeGreaterThan(400)
  expect(Math.min(...three)).toBeGreaterThan(200)
  expect(await shares.everParked()).toEqual([])
}, 240_000)

test('eight partitions with eight replicas handle more than three times as much as one ordered queue, if the calls take the time', async () => {
  const each = 4
  const skus = Array.from({ length: 1_000 }, (_, index) => `P${index}`)
  // As many keys in each partition.
  const products = Array.from({ length: 8 }, (_, partition) =>
    skus.filter((sku) => partitionOf(`.${partitionWord(sku)}`, 8) === partition).slice(0, 12),
  ).flat()
  const total = each * products.length
  const messages = inOrder(each).flatMap((number) =>
    products.map((sku) => Update({ sku, number, takes: 200, flaw: 'none' })),
  )
  /** Updates per second from the first to the last, with replicas that are ready. */
  async function rateOf(world: FeedWorld, replicas: number): Promise<number> {
    await world.start(replicas)
    await world.shared(replicas)
    const began = performance.now()
    await world.send(messages)
    await until(async () => (await world.count()) === total, { within: 90_000 })
    const rate = (1_000 * total) / (performance.now() - began)
    for (const numbers of Object.values(await world.applied())) expect(numbers).toEqual(inOrder(each))
    await world.reset()
    return rate
  }
  const [one, eight] = [await rateOf(feed, 1), await rateOf(shares, 8)]
  const times = eight / one
  console.log(
    `calls of 200 ms, 4 at once: ${one.toFixed(0)}/s with one ordered queue, ${eight.toFixed(0)}/s with 8 partitions: ${times.toFixed(1)}×`,
  )
  expect(times).toBeGreaterThan(3)
}, 240_000)
