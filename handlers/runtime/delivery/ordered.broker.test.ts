import { randomUUID } from 'node:crypto'
import type { ConfirmChannel } from 'amqplib'
import { Pool } from 'pg'
import { metric, respawn, until, createWorld, type Respawned, type World } from '#testbed'
import type { Message } from '../contract.ts'
import { outgoing, properties } from '../message/outgoing.ts'
import { Update } from '../fixtures/updates.ts'

let world: World
let channel: ConfirmChannel
let replicas: Respawned[] = []
let database: Pool
/** The handler's events, by sku and number, each with the ids under which it came. */
const noted = new Map<string, Set<string>>()

beforeAll(async () => {
  world = await createWorld(['handlers/runtime/fixtures/feed'], { partial: true })
  channel = await world.channel(world.broker.admin.user)
  database = new Pool({ connectionString: world.databaseUrl('feed'), max: 2 })
  await channel.assertQueue('noted', { arguments: { 'x-queue-type': 'quorum' } })
  await channel.bindQueue('noted', 'events', 'feed.noted.v1.#')
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
  // Until the broker has taken back what the killed processes held.
  await until(async () => (await channel.checkQueue('feed')).consumerCount === 0)
  await channel.purgeQueue('feed')
  await database.query('truncate updates, repaired, parked')
  noted.clear()
})

afterAll(async () => {
  await database?.end()
  await world?.close()
})

async function start(count: number) {
  const started = await Promise.all(Array.from({ length: count }, () => respawn(() => world.spawn('feed'))))
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
async function applied(): Promise<Record<string, number[]>> {
  const { rows } = await database.query<{ sku: string; numbers: number[] }>(
    'select sku, array_agg(number order by place) as numbers from updates group by sku',
  )
  return Object.fromEntries(rows.map(({ sku, numbers }) => [sku, numbers]))
}
const count = async () =>
  Number((await database.query<{ count: string }>('select count(*) from updates')).rows[0]?.count)
const inOrder = (count: number) => Array.from({ length: count }, (_, number) => number)

/** Kills a replica with SIGKILL, the next one each time, whenever so many more updates are applied, until all are. */
async function killUntil(total: number, each: number): Promise<number> {
  let kills = 0
  for (let next = each; next < total; next += each) {
    await until(async () => (await count()) >= next, { within: 60_000 })
    await replicas[kills++ % replicas.length]!.current.kill('SIGKILL').catch(() => undefined)
  }
  await until(async () => (await count()) === total, { within: 60_000 })
  return kills
}

const repair = () => database.query('insert into repaired default values')
/** What `npm run dead -- redrive` does to the first message of a key. */
const redrive = () =>
  database.query(`update parked set due = now(), reason = null where due is null and reason is not null`)

test('10,000 updates of 100 products, three replicas, of which one is killed after each 500: each product in its order, none lost or doubled', async () => {
  const poisoned = { sku: 'P7', number: 50 }
  await send(
    updates(10_000, 100, (sku, number) =>
      Update({ sku, number, takes: 1, flaw: sku === poisoned.sku && number === poisoned.number ? 'throws' : 'none' }),
    ),
  )
  const began = performance.now()
  await start(3)
  // All but the poisoned one of its product and what follows it.
  const kills = await killUntil(10_000 - 50, 500)
  const seconds = (performance.now() - began) / 1_000
  await until(async () => (await world.depth('feed')) === 0)
  const { [poisoned.sku]: halted, ...others } = await applied()
  expect(halted).toEqual(inOrder(50))
  expect(Object.keys(others)).toHaveLength(99)
  for (const numbers of Object.values(others)) expect(numbers).toEqual(inOrder(100))

  // Its attempts are spent: the key rests, until it is redriven.
  await until(async () => (await database.query('select from parked where reason is not null')).rowCount === 1, {
    within: 30_000,
  })
  await repair()
  await redrive()
  await until(async () => (await count()) === 10_000, { within: 30_000 })
  expect((await applied())[poisoned.sku]).toEqual(inOrder(100))
  await until(() => noted.size === 10_000)
  expect([...noted.values()].filter((ids) => ids.size !== 1)).toEqual([])
  await until(async () => (await database.query('select from parked')).rowCount === 0)
  console.log(`ordered: 10,000 updates under ${kills} SIGKILLs in ${seconds.toFixed(1)} s`)
}, 300_000)

describe('a message that fails', () => {
  const flawed = (flaw: 'rejects' | 'call throws' | 'unavailable' | 'exits') => (sku: string, number: number) =>
    Update({ sku, number, takes: 0, flaw: sku === 'P1' && number === 1 ? flaw : 'none' })
  const resting = async () =>
    (await database.query<{ reason: string; key: string }>('select reason, key from parked where reason is not null'))
      .rows

  test.each([
    ['rejects', 'rejected'],
    ['call throws', 'exhausted'],
  ] as const)(
    'parks its key alone (%s), which rests and goes on in order once it is redriven',
    async (flaw, reason) => {
      await send(updates(40, 4, flawed(flaw)))
      const [replica] = await start(1)
      await until(async () => (await count()) === 31, { within: 30_000 })
      expect(await applied()).toEqual({ P0: inOrder(10), P1: [0], P2: inOrder(10), P3: inOrder(10) })
      await until(async () => (await resting()).length === 1)
      expect(await resting()).toEqual([{ reason, key: 'P1' }])
      await until(async () => (await metric(replica!.current, 'warren_parked_keys{state="resting"}')) === 1)

      await database.query('delete from repaired')
      await repair()
      if (flaw === 'rejects') {
        await redrive()
        await until(async () => (await count()) === 40)
        expect((await applied())['P1']).toEqual(inOrder(10))
      } else {
        // Discarded, the first one lets the others go on.
        await database.query(`with gone as (delete from parked where reason is not null returning key)
        update parked set due = now() where position = (select min(position) from parked where reason is null)`)
        await until(async () => (await count()) === 39)
        expect((await applied())['P1']).toEqual(inOrder(10).filter((number) => number !== 1))
      }
    },
    60_000,
  )

  test('waits with its key while its dependency is down, and is not parked', async () => {
    await send(updates(40, 4, flawed('unavailable')))
    await start(1)
    await until(async () => (await count()) >= 25)
    expect((await applied())['P1']).toEqual([0])
    expect((await database.query('select from parked')).rowCount).toBe(0)
    await repair()
    await until(async () => (await count()) === 40, { within: 30_000 })
    for (const numbers of Object.values(await applied())) expect(numbers).toEqual(inOrder(10))
  }, 60_000)

  test('and ends its process is parked after a few deaths; the other keys go on, and it rests in the end or is repaired', async () => {
    await send(updates(40, 4, flawed('exits')))
    await start(1)
    await until(async () => (await count()) === 31, { within: 90_000 })
    expect((await applied())['P1']).toEqual([0])
    await repair()
    await until(async () => (await count()) === 40, { within: 90_000 })
    for (const numbers of Object.values(await applied())) expect(numbers).toEqual(inOrder(10))
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
    await start(1)
    await until(async () => (await world.depth('feed.dead')) === 1)
    await until(async () => (await resting()).length === 1)
    expect(await resting()).toEqual([{ reason: 'malformed', key: 'P1' }])
    await until(async () => (await count()) === 2)
    expect(await applied()).toEqual({ P0: [0, 1] })
    await channel.purgeQueue('feed.dead')
  }, 60_000)
})

test('a process that leaves finishes what is under way, and the next one goes on in order', async () => {
  await send(updates(1_500, 100, (sku, number) => Update({ sku, number, takes: 5, flaw: 'none' })))
  await start(2)
  for (let round = 0; round < 4; round++) {
    await Promise.all(replicas.map(({ current }) => current.ready))
    const before = await count()
    await until(async () => (await count()) > Math.min(1_499, before + 100), { within: 60_000 })
    expect(await replicas[round % 2]!.current.kill('SIGTERM')).toEqual({ code: 0, signal: null })
  }
  await until(async () => (await count()) === 1_500, { within: 60_000 })
  for (const numbers of Object.values(await applied())) expect(numbers).toEqual(inOrder(15))
  expect((await database.query('select from parked')).rowCount).toBe(0)
}, 200_000)
