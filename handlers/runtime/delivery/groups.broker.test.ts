import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { Client } from 'pg'
import { AddEntry, CollectEntry, EntryAdded, EntryPosted, fates, GatherEntry, PostEntry } from '../fixtures/entries.ts'
import { type HandlerProcess, metric, until, createWorld, type World } from '#testbed'

/** One applies its messages one after another, the other interleaves them. */
const handlers = ['accounts', 'sums']

let world: World
let databases: Client[]
let replicas: HandlerProcess[]
/** All published events and all dead letters, with the number of the entry. */
const told: { run: string; entry: number; id: unknown }[] = []
const dead: { run: string; entry: number; reason: string }[] = []

beforeAll(async () => {
  const tiers = { '1s': 20, '5s': 20, '30s': 20, '2m': 20, '10m': 20 }
  world = await createWorld(
    handlers.map((name) => `handlers/runtime/fixtures/${name}`),
    { tiers },
  )
  databases = handlers.map((name) => new Client({ connectionString: world.databaseUrl(name) }))
  await Promise.all(databases.map((database) => database.connect()))

  const channel = await world.channel('admin')
  await channel.assertQueue('told', { arguments: { 'x-queue-type': 'quorum' } })
  for (const { type } of [EntryPosted, EntryAdded]) await channel.bindQueue('told', 'events', `${type}.#`)
  const listen = (queue: string, hear: (heard: { run: string; entry: number }, properties: any) => void) =>
    channel.consume(queue, (message) => message && hear(JSON.parse(message.content.toString()), message.properties), {
      noAck: true,
    })
  await listen('told', ({ run, entry }, { messageId }) => told.push({ run, entry, id: messageId }))
  for (const name of handlers) {
    await listen(`${name}.dead`, ({ run, entry }, { headers }) =>
      dead.push({ run, entry, reason: String(headers['x-dead-reason']) }),
    )
  }
  replicas = await Promise.all(handlers.flatMap((name) => Array.from({ length: 3 }, () => world.spawn(name))))
  await Promise.all(replicas.map(({ ready }) => ready))
})

afterAll(async () => {
  await Promise.all((databases ?? []).map((database) => database.end()))
  await world?.close()
})

const ways = { post: PostEntry, collect: CollectEntry, add: AddEntry, gather: GatherEntry }

/** Whatever else a stream has, each handler tries one entry again. */
const triedAgain = (['post', 'add'] as const).map((way) => ({
  ...{ way, account: 0, amount: 1, places: [500] },
  fate: 'second attempt' as const,
}))

const entry = fc.record({
  way: fc.constantFrom<keyof typeof ways>('post', 'post', 'collect', 'add', 'gather'),
  account: fc.nat({ max: 2 }),
  amount: fc.integer({ min: -100, max: 100 }),
  fate: fc.oneof(
    { weight: 19, arbitrary: fc.constant('booked' as const) },
    { weight: 1, arbitrary: fc.constantFrom(...fates) },
  ),
  // Where in the stream it comes, and comes again.
  places: fc.array(fc.nat({ max: 1_000 }), { minLength: 1, maxLength: 3 }),
})
const entries = fc.array(entry, { minLength: 20, maxLength: 100 }).map((some) => [...some, ...triedAgain])
type Entries = typeof entries extends fc.Arbitrary<infer Value> ? Value : never

/** The messages of a run in the order of the stream; copies share their id. */
function streamOf(run: string, entries: Entries) {
  return entries
    .flatMap(({ places, way, ...fields }, entry) => {
      const id = randomUUID()
      return places.map((place) => ({ place, id, entry, message: ways[way]({ run, entry, ...fields }) }))
    })
    .sort((one, other) => one.place - other.place)
}

async function endState(run: string) {
  const ask = async <Row extends object>(query: string) => {
    const results = await Promise.all(databases.map((database) => database.query<Row>(query, [run])))
    return results.map(({ rows }) => rows)
  }
  const balances = await ask('select account, balance from accounts where run = $1 order by account')
  const booked = await ask<{ entry: number }>('select entry from entries where run = $1')
  const ofRun = <Heard extends { run: string }>(all: readonly Heard[]) => all.filter((one) => one.run === run)
  const ids = new Map(ofRun(told).map(({ id, entry }) => [id, entry]))
  return {
    balances,
    booked: booked
      .flat()
      .map(({ entry }) => entry)
      .sort((one, other) => one - other),
    told: [...ids.values()].sort((one, other) => one - other),
    // The inbox knows nothing of what was never handled, so each copy has a letter.
    dead: [...new Set(ofRun(dead).map(({ entry, reason }) => `${entry} ${reason}`))].sort(),
  }
}

/** Waits until each of these entries is booked or dead. */
const settled = (run: string, count: number) =>
  until(
    async () => {
      const { booked, told, dead } = await endState(run)
      return booked.length + dead.length >= count && told.length >= booked.length
    },
    { within: 45_000 },
  )

/** How many groups of more than ten messages there were so far. */
async function largeGroups() {
  const counts = await Promise.all(
    replicas.map(
      async (replica) =>
        (await metric(replica, 'warren_group_size_count')) -
        (await metric(replica, 'warren_group_size_bucket{le="10"}')),
    ),
  )
  return counts.reduce((sum, count) => sum + count)
}

test('any stream of messages, applied in groups by three replicas, in turn or interleaved, ends in the same state as one by one', async () => {
  await fc.assert(
    fc.asyncProperty(entries, async (entries) => {
      const [together, oneByOne] = [randomUUID(), randomUUID()]

      // Locks hold back every transaction until all messages are in the queues.
      await Promise.all(
        databases.map((database) => database.query(`begin; select pg_advisory_xact_lock(hashtext('warren'))`)),
      )
      await Promise.all(streamOf(together, entries).map(({ id, message }) => world.send(message, { id })))
      await Promise.all(databases.map((database) => database.query('commit')))
      await settled(together, entries.length)

      const seen = new Set<number>()
      for (const { id, entry, message } of streamOf(oneByOne, entries)) {
        await world.send(message, { id })
        await settled(oneByOne, seen.add(entry).size)
      }
      expect(await endState(together)).toEqual(await endState(oneByOne))
    }),
    { numRuns: 12, endOnFailure: true },
  )
  // How many depends on the entries and on the machine.
  expect(await largeGroups()).toBeGreaterThan(0)
  for (const [index] of handlers.entries()) {
    const lines = replicas.slice(3 * index, 3 * index + 3).flatMap((replica) => replica.lines)
    expect(lines.filter((line) => line.includes('"msg":"put off"'))).not.toEqual([])
  }
}, 240_000)
