import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { ConfirmChannel } from 'amqplib'
import { Pool } from 'pg'
import { metric, respawn, until, createWorld, type Respawned, type World } from '#testbed'
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
    for (const queue of queueNames({ name: handler, ...partitions }, 'work')) await channel.purgeQueue(queue)
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

/** Kills one of the replicas with SIGKILL each second, until the work is done. */
async function killUntil(done: () => Promise<boolean>, within: number): Promise<number> {
  let kills = 0
  const killing = setInterval(() => {
    replicas[kills++ % replicas.length]!.current.kill('SIGKILL').catch(() => undefined)
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
  const kills = await killUntil(async () => (await count('feed')) === 10_000 - 50, 120_000)
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
}, 240_000)
