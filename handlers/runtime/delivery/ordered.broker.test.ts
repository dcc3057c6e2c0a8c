import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { ConfirmChannel } from 'amqplib'
import { Pool } from 'pg'
import { metric, respawn, until, createWorld, type HandlerProcess, type Respawned, type World } from '#testbed'
import type { Message } from '../contract.ts'
import { outgoing, properties } from '../message/outgoing.ts'
import { queueNames } from '../topology/index.ts'
import { Share, Update } from '../fixtures/updates.ts'

let world: World
let channel: ConfirmChannel
let replicas: Respawned[] = []
const pools = new Map<string, Pool>()
const database = (handler: string) => pools.get(handler)!
/** The events of both handlers, by sku and number, each with the ids under which it came. */
const noted = new Map<string, Set<string>>()

beforeAll(async () => {
  world = await createWorld(
    ['feed', 'shares'].map((name) => join('handlers/runtime/fixtures', name)),
    { partial: true },
  )
  channel = await world.channel(world.broker.admin.user)
  for (const handler of ['feed', 'shares'])
    pools.set(handler, new Pool({ connectionString: world.databaseUrl(handler), max: 2 }))
  await channel.assertQueue('noted', { arguments: { 'x-queue-type': 'quorum' } })
  for (const type of ['feed.noted.v1', 'feed.shared.v1']) await channel.bindQueue('noted', 'events', `${type}.#`)
  await channel.consume(
    'noted',
    (message) => {
      if (!message) return
      const { sku, number } = JSON.parse(message.content.toString())
      const key = `${sku} ${number}`
      noted.set(key, (noted.get(key) ?? new Set()).add(String(message.properties.messageId)))
    },
    { noAck: true },
  )
})

afterEach(async () => {
  await Promise.all(replicas.map((replica) => replica.stop()))
  replicas = []
  for (const [handler, pool] of pools) {
    const partitions = handler === 'shares' ? { partitions: 8 } : {}
    for (const queue of queueNames({ name: handler, ...partitions }, 'work')) {
      // Until the broker has taken back what the killed processes held.
      await until(async () => (await channel.checkQueue(queue)).consumerCount === 0)
      await channel.purgeQueue(queue)
    }
    await pool.query('truncate updates, repaired, parked')
  }
  noted.clear()
})

afterAll(async () => {
  await Promise.all([...pools.values()].map((pool) => pool.end()))
  await world?.close()
})

async function start(handler: string, count: number) {
  const started = await Promise.all(Array.from({ length: count }, () => respawn(() => world.spawn(handler))))
  replicas.push(...started)
  return started
}

async function send(messages: readonly Message[]) {
  for (const message of messages) {
    const wire = outgoing(message, randomUUID(), randomUUID(), {})
    const { user } = world.broker.admin
    channel.publish(wire.exchange, wire.key, Buffer.from(wire.body), properties(wire, user, user))
  }
  await channel.waitForConfirms()
}

/** Updates of so many products in turn: the first of each, then the second of each. */
const updates = (count: number, products: number, make: (sku: string, number: number) => Message) =>
  Array.from({ length: count }, (_, index) => make(`P${index % products}`, Math.floor(index / products)))

/** The numbers of each product's updates in the order in which they were applied. */
async function applied(handler: string): Promise<Record<string, number[]>> {
  const { rows } = await database(handler).query<{ sku: string; numbers: number[] }>(
    'select sku, array_agg(number order by place) as numbers from updates group by sku',
  )
  return Object.fromEntries(rows.map(({ sku, numbers }) => [sku, numbers]))
}
const count = async (handler: string) =>
  Number((await database(handler).query<{ count: string }>('select count(*) from updates')).rows[0]?.count)
const inOrder = (count: number) => Array.from({ length: count }, (_, number) => number)

/** Kills the replica that is ready for the longest with SIGKILL each second, until the work is done. */
async function killUntil(done: () => Promise<boolean>, within: number): Promise<number> {
  let kills = 0
  const ready = new Set<HandlerProcess>()
  const killing = setInterval(() => {
    for (const { current } of replicas) void current.ready.then(() => ready.add(current)).catch(() => undefined)
    const [longest] = [...ready].filter((each) => replicas.some(({ current }) => current === each))
    if (!longest) return
    kills += 1
    ready.delete(longest)
    longest.kill('SIGKILL').catch(() => undefined)
  }, 1_000)
  try {
    await until(done, { within })
    return kills
  } finally {
    clearInterval(killing)
  }
}

const repair = (handler: string) => database(handler).query('insert into repaired default values')
/** What `npm run dead -- redrive` does to the first message of a key. */
const redrive = (handler: string) =>
  database(handler).query(`update parked set due = now(), reason = null where due is null and reason is not null`)

test('10,000 updates of 100 products, three replicas and a SIGKILL a second: each product in its order, none lost or doubled', async () => {
  const poisoned = { sku: 'P7', number: 50 }
  await send(
    updates(10_000, 100, (sku, number) =>
      Update({ sku, number, takes: 1, flaw: sku === poisoned.sku && number === poisoned.number ? 'throws' : 'none' }),
    ),
  )
  const began = performance.now()
  await start('feed', 3)
  // All but the poisoned one of its product and what follows it.
  const kills = await killUntil(async () => (await count('feed')) === 10_000 - 50, 200_000)
  const seconds = (performance.now() - began) / 1_000
  await until(async () => (await world.depth('feed')) === 0)
  const halted = await applied('feed')
  expect(halted[poisoned.sku]).toEqual(inOrder(50))
  delete halted[poisoned.sku]
  expect(Object.keys(halted)).toHaveLength(99)
  for (const numbers of Object.values(halted)) expect(numbers).toEqual(inOrder(100))

  // Its attempts are spent: the key rests, until it is redriven.
  await until(
    async () => (await database('feed').query('select from parked where reason is not null')).rowCount === 1,
    { within: 30_000 },
  )
  await repair('feed')
  await redrive('feed')
  await until(async () => (await count('feed')) === 10_000, { within: 30_000 })
  expect((await applied('feed'))[poisoned.sku]).toEqual(inOrder(100))
  await until(() => noted.size === 10_000)
  expect([...noted.values()].filter((ids) => ids.size !== 1)).toEqual([])
  await until(async () => (await database('feed').query('select from parked')).rowCount === 0)
  console.log(`ordered: 10,000 updates under ${kills} SIGKILLs in ${seconds.toFixed(1)} s`)
}, 300_000)

describe('partitions', () => {
  const share = (sku: string, number: number) => Share({ sku, number, takes: 1, flaw: 'none' })

  test('replicas share the queues evenly, and take over from one that ends, in order', async () => {
    const [first, second, third] = await start('shares', 3)
    await Promise.all([first, second, third].map((each) => each!.current.ready))
    await send(updates(800, 80, share))
    await until(async () => (await count('shares')) === 800, { within: 60_000 })
    const shares = async () => Promise.all(replicas.map(({ current }) => metric(current, 'warren_handled_total')))
    const before = await shares()
    console.log('handled by each of three replicas', before)
    expect(before.every((handled) => handled > 0)).toBe(true)

    // The new replica takes its share from those that hold deliveries, and gets nothing before they have settled them.
    await send(updates(800, 80, (sku, number) => share(sku, number + 10)))
    await start('shares', 1)
    await until(async () => (await count('shares')) === 1_600, { within: 60_000 })
    await send(updates(800, 80, (sku, number) => share(sku, number + 20)))
    await second!.current.kill('SIGTERM')
    await until(async () => (await count('shares')) === 2_400, { within: 60_000 })
    for (const numbers of Object.values(await applied('shares'))) expect(numbers).toEqual(inOrder(30))
  }, 200_000)
})

describe('a message that fails', () => {
  const flawed = (flaw: 'rejects' | 'call throws' | 'unavailable' | 'exits') => (sku: string, number: number) =>
    Update({ sku, number, takes: 0, flaw: sku === 'P1' && number === 1 ? flaw : 'none' })
  const resting = async () =>
    (
      await database('feed').query<{ reason: string; key: string }>(
        'select reason, key from parked where reason is not null',
      )
    ).rows

  test.each([
    ['rejects', 'rejected'],
    ['call throws', 'exhausted'],
  ] as const)(
    'parks its key alone (%s), which rests and goes on in order once it is redriven',
    async (flaw, reason) => {
      await send(updates(40, 4, flawed(flaw)))
      const [replica] = await start('feed', 1)
      await until(async () => (await count('feed')) === 31, { within: 30_000 })
      expect(await applied('feed')).toEqual({ P0: inOrder(10), P1: [0], P2: inOrder(10), P3: inOrder(10) })
      await until(async () => (await resting()).length === 1)
      expect(await resting()).toEqual([{ reason, key: 'P1' }])
      await until(async () => (await metric(replica!.current, 'warren_parked_keys{state="resting"}')) === 1)

      await database('feed').query('delete from repaired')
      await repair('feed')
      if (flaw === 'rejects') {
        await redrive('feed')
        await until(async () => (await count('feed')) === 40)
        expect((await applied('feed'))['P1']).toEqual(inOrder(10))
      } else {
        // Discarded, the first one lets the others go on.
        await database('feed').query(`with gone as (delete from parked where reason is not null returning key)
        update parked set due = now() where position = (select min(position) from parked where reason is null)`)
        await until(async () => (await count('feed')) === 39)
        expect((await applied('feed'))['P1']).toEqual(inOrder(10).filter((number) => number !== 1))
      }
    },
    60_000,
  )

  test('waits with its key while its dependency is down, and is not parked', async () => {
    await send(updates(40, 4, flawed('unavailable')))
    await start('feed', 1)
    await until(async () => (await count('feed')) >= 25)
    expect((await applied('feed'))['P1']).toEqual([0])
    expect((await database('feed').query('select from parked')).rowCount).toBe(0)
    await repair('feed')
    await until(async () => (await count('feed')) === 40, { within: 30_000 })
    for (const numbers of Object.values(await applied('feed'))) expect(numbers).toEqual(inOrder(10))
  }, 60_000)

  test('and ends its process is parked after a few deaths; the other keys go on, and it rests in the end or is repaired', async () => {
    await send(updates(40, 4, flawed('exits')))
    await start('feed', 1)
    await until(async () => (await count('feed')) === 31, { within: 90_000 })
    expect((await applied('feed'))['P1']).toEqual([0])
    await repair('feed')
    await until(async () => (await count('feed')) === 40, { within: 90_000 })
    for (const numbers of Object.values(await applied('feed'))) expect(numbers).toEqual(inOrder(10))
  }, 200_000)

  test('is parked by its schema too, while one without a readable key goes to the dead letters', async () => {
    const publish = (body: string) => {
      const { user } = world.broker.admin
      channel.publish('commands', 'feed.update.v1.p00', Buffer.from(body), {
        ...{ messageId: randomUUID(), type: 'feed.update.v1', contentType: 'application/json', userId: user },
        persistent: true,
      })
    }
    publish('{"sku":"P1","number":"one"}')
    publish('{"sku":7}')
    await send(updates(4, 2, (sku, number) => Update({ sku, number, takes: 0, flaw: 'none' })))
    await start('feed', 1)
    await until(async () => (await world.depth('feed.dead')) === 1)
    await until(async () => (await resting()).length === 1)
    expect(await resting()).toEqual([{ reason: 'malformed', key: 'P1' }])
    await until(async () => (await count('feed')) === 2)
    expect(await applied('feed')).toEqual({ P0: [0, 1] })
    await channel.purgeQueue('feed.dead')
  }, 60_000)
})

test('a process that leaves finishes what is under way, and the next one goes on in order', async () => {
  await send(updates(1_500, 100, (sku, number) => Update({ sku, number, takes: 5, flaw: 'none' })))
  await start('feed', 2)
  for (let round = 0; round < 4; round++) {
    await Promise.all(replicas.map(({ current }) => current.ready))
    const before = await count('feed')
    await until(async () => (await count('feed')) > Math.min(1_499, before + 100), { within: 60_000 })
    expect(await replicas[round % 2]!.current.kill('SIGTERM')).toEqual({ code: 0, signal: null })
  }
  await until(async () => (await count('feed')) === 1_500, { within: 60_000 })
  for (const numbers of Object.values(await applied('feed'))) expect(numbers).toEqual(inOrder(15))
  expect((await database('feed').query('select from parked')).rowCount).toBe(0)
}, 200_000)
