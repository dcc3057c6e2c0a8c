import { randomUUID } from 'node:crypto'
import { metric, until } from '#testbed'
import { createFeedWorld, inOrder, updatesOf, type FeedWorld } from '../fixtures/feed-world.ts'
import { Update } from '../fixtures/updates.ts'

let feed: FeedWorld
beforeAll(async () => void (feed = await createFeedWorld('feed')))
afterEach(() => feed.reset())
afterAll(() => feed?.close())

const repair = () => feed.database.query('insert into repaired default values')
/** What `npm run dead -- redrive` does to the first message of a key. */
const redrive = () =>
  feed.database.query(`update parked set due = now(), reason = null where due is null and reason is not null`)

test('10,000 updates of 100 products, three replicas and a SIGKILL a second: each product in its order, none lost or doubled, and only the poisoned one parked', async () => {
  const poisoned = { sku: 'P7', number: 50 }
  await feed.send(
    updatesOf(10_000, 100, (sku, number) =>
      Update({ sku, number, takes: 4, flaw: sku === poisoned.sku && number === poisoned.number ? 'throws' : 'none' }),
    ),
  )
  const began = performance.now()
  await feed.start(3)
  // All but the poisoned one of its product and what follows it.
  const kills = await feed.killUntil(async () => (await feed.count()) === 10_000 - 50, 120_000)
  const seconds = (performance.now() - began) / 1_000
  await until(async () => (await feed.world.depth('feed')) === 0)
  const { [poisoned.sku]: halted, ...others } = await feed.applied()
  expect(halted).toEqual(inOrder(50))
  expect(Object.keys(others)).toHaveLength(99)
  for (const numbers of Object.values(others)) expect(numbers).toEqual(inOrder(100))

  // Its attempts are spent: the key rests, until it is redriven.
  await until(async () => (await feed.database.query('select from parked where reason is not null')).rowCount === 1, {
    within: 30_000,
  })
  expect(await feed.everParked()).toEqual([poisoned.sku])
  await repair()
  await redrive()
  await until(async () => (await feed.count()) === 10_000, { within: 30_000 })
  expect((await feed.applied())[poisoned.sku]).toEqual(inOrder(100))
  await until(() => feed.noted.size === 10_000)
  expect([...feed.noted.values()].filter((ids) => ids.size !== 1)).toEqual([])
  await until(async () => (await feed.database.query('select from parked')).rowCount === 0)
  console.log(`ordered: 10,000 updates under ${kills} SIGKILLs in ${seconds.toFixed(1)} s`)
}, 300_000)

describe('a message that fails', () => {
  const flawed = (flaw: 'rejects' | 'call throws' | 'unavailable' | 'exits') => (sku: string, number: number) =>
    Update({ sku, number, takes: 0, flaw: sku === 'P1' && number === 1 ? flaw : 'none' })
  const resting = async () =>
    (
      await feed.database.query<{ reason: string; key: string }>(
        'select reason, key from parked where reason is not null',
      )
    ).rows

  test.each([
    ['rejects', 'rejected'],
    ['call throws', 'exhausted'],
  ] as const)(
    'parks its key alone (%s), which rests and goes on in order once it is redriven',
    async (flaw, reason) => {
      await feed.send(updatesOf(40, 4, flawed(flaw)))
      const [replica] = await feed.start(1)
      await until(async () => (await feed.count()) === 31, { within: 30_000 })
      expect(await feed.applied()).toEqual({ P0: inOrder(10), P1: [0], P2: inOrder(10), P3: inOrder(10) })
      await until(async () => (await resting()).length === 1)
      expect(await resting()).toEqual([{ reason, key: 'P1' }])
      await until(async () => (await metric(replica!.current, 'warren_parked_keys{state="resting"}')) === 1)

      await feed.database.query('delete from repaired')
      await repair()
      if (flaw === 'rejects') {
        await redrive()
        await until(async () => (await feed.count()) === 40)
        expect((await feed.applied())['P1']).toEqual(inOrder(10))
      } else {
        // Discarded, the first one lets the others go on.
        await feed.database.query(`with gone as (delete from parked where reason is not null returning key)
        update parked set due = now() where position = (select min(position) from parked where reason is null)`)
        await until(async () => (await feed.count()) === 39)
        expect((await feed.applied())['P1']).toEqual(inOrder(10).filter((number) => number !== 1))
      }
    },
    60_000,
  )

  test('waits with its key while its dependency is down, and is not parked', async () => {
    await feed.send(updatesOf(40, 4, flawed('unavailable')))
    await feed.start(1)
    await until(async () => (await feed.count()) >= 25)
    expect((await feed.applied())['P1']).toEqual([0])
    expect((await feed.database.query('select from parked')).rowCount).toBe(0)
    await repair()
    await until(async () => (await feed.count()) === 40, { within: 30_000 })
    for (const numbers of Object.values(await feed.applied())) expect(numbers).toEqual(inOrder(10))
  }, 60_000)

  test('and ends its process is parked after a few deaths; the other keys go on, and it rests in the end or is repaired', async () => {
    await feed.send(updatesOf(40, 4, flawed('exits')))
    await feed.start(1)
    await until(async () => (await feed.count()) === 31, { within: 90_000 })
    expect((await feed.applied())['P1']).toEqual([0])
    await repair()
    await until(async () => (await feed.count()) === 40, { within: 90_000 })
    for (const numbers of Object.values(await feed.applied())) expect(numbers).toEqual(inOrder(10))
  }, 200_000)

  test('is found among those that its process held: however often that is killed, none is parked while it was not running', async () => {
    await feed.send(updatesOf(60, 20, (sku, number) => Update({ sku, number, takes: 20, flaw: 'none' })))
    const [replica] = await feed.start(1)
    for (let death = 0; death < 6; death++) {
      await replica!.current.ready
      const before = await feed.count()
      // At least one more each time: a suspect that is innocent comes to its end.
      await until(async () => (await feed.count()) > before, { within: 30_000 })
      await replica!.current.kill('SIGKILL')
    }
    await until(async () => (await feed.count()) === 60, { within: 30_000 })
    for (const numbers of Object.values(await feed.applied())) expect(numbers).toEqual(inOrder(3))
    expect(await feed.everParked()).toEqual([])
  }, 60_000)

  test('is parked by its schema too, while one without a readable key goes to the dead letters', async () => {
    const publish = (body: string) => {
      const { user } = feed.world.broker.admin
      feed.channel.publish('commands', 'feed.update.v1.p00', Buffer.from(body), {
        ...{ messageId: randomUUID(), type: 'feed.update.v1', contentType: 'application/json', userId: user },
        persistent: true,
      })
    }
    publish('{"sku":"P1","number":"one"}')
    publish('{"sku":7}')
    await feed.send(updatesOf(4, 2, (sku, number) => Update({ sku, number, takes: 0, flaw: 'none' })))
    await feed.start(1)
    await until(async () => (await feed.world.depth('feed.dead')) === 1)
    await until(async () => (await resting()).length === 1)
    expect(await resting()).toEqual([{ reason: 'malformed', key: 'P1' }])
    await until(async () => (await feed.count()) === 2)
    expect(await feed.applied()).toEqual({ P0: [0, 1] })
    await feed.channel.purgeQueue('feed.dead')
  }, 60_000)
})

test('a process that leaves begins no call that waits for its turn', async () => {
  await feed.send(updatesOf(40, 40, (sku, number) => Update({ sku, number, takes: 1_000, flaw: 'none' })))
  const [replica] = await feed.start(1)
  await until(async () => (await feed.count()) > 0, { within: 30_000 })
  expect(await replica!.current.kill('SIGTERM')).toEqual({ code: 0, signal: null })
  // Four run at once.
  expect(await feed.count()).toBeLessThan(20)
}, 60_000)

test('a process that leaves finishes what is under way, and the next one goes on in order', async () => {
  await feed.send(updatesOf(1_500, 100, (sku, number) => Update({ sku, number, takes: 5, flaw: 'none' })))
  await feed.start(2)
  for (let round = 0; round < 4; round++) {
    await Promise.all(feed.replicas.map(({ current }) => current.ready))
    const before = await feed.count()
    await until(async () => (await feed.count()) > Math.min(1_499, before + 100), { within: 60_000 })
    expect(await feed.replicas[round % 2]!.current.kill('SIGTERM')).toEqual({ code: 0, signal: null })
  }
  await until(async () => (await feed.count()) === 1_500, { within: 60_000 })
  for (const numbers of Object.values(await feed.applied())) expect(numbers).toEqual(inOrder(15))
  expect((await feed.database.query('select from parked')).rowCount).toBe(0)
}, 200_000)
