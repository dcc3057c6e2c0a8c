import { randomInt, randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { Client } from 'pg'
import { probe, samples, until } from '#testbed'
import { isMessageId } from '../message/validate.ts'
import { envelopes, goodEnvelope } from '../fixtures/wire/envelopes.ts'
import { openProducer, type Envelope } from '../fixtures/wire/producer.ts'
import { expectToLeave, openWorkbench, reason, type Workbench } from '../fixtures/workbench.ts'
import { tiers } from '../topology/tiers.ts'
import { waitQueue } from '../topology/queues.ts'

const count = 10_000
const batch = 200
const goodPerBatch = 20
const user = 'relay'

let bench: Workbench

beforeAll(async () => {
  bench = await openWorkbench({ tiers: { '1s': 50, '5s': 50, '30s': 50, '2m': 50, '10m': 50 } })
})

afterAll(async () => {
  await bench.end()
  await bench.close()
})

test('10,000 random envelopes of a permitted user are each handled once or dead-lettered, the good messages among them are handled, and the process lives', async () => {
  const seed = Number(process.env['WIRE_SEED'] ?? randomInt(2 ** 31))
  console.log(`${count} envelopes with WIRE_SEED=${seed}`)
  const odd = fc.sample(envelopes(user), { seed, numRuns: count })
  let published = 0
  const good: string[] = []
  const workbench = await bench.start()
  await workbench.ready

  const producer = await openProducer(bench.world.url(user))
  for (let at = 0; at < count; at += batch) {
    const more = Array.from({ length: goodPerBatch }, () => randomUUID() as string)
    good.push(...more)
    const together = [...odd.slice(at, at + batch)]
    more.forEach((id, index) => together.splice(index * 11, 0, goodEnvelope(id, user)))
    // One of them once more, under the same id if it has one.
    together.push(together[0]!)
    await producer.publish(together)
    published += together.length
  }
  producer.close()

  /** Deliveries that have come to an end, by their outcome. */
  async function ended() {
    const handled = samples(await (await probe(workbench, 'metrics')).text()).filter(
      ({ name, labels }) => name === 'warren_handled_total' && labels['type'] !== 'inbox',
    )
    const sum = (outcome: string) =>
      handled.reduce((total, { labels, value }) => (labels['outcome'] === outcome ? total + value : total), 0)
    // The broker itself dead-letters what expires, in the name of its producer and with the headers that it had.
    const expired = bench.letters.filter(({ properties }) => properties.userId !== 'workbench')
    return { done: sum('done'), known: sum('known'), dead: sum('dead') + expired.length }
  }
  const { done, dead } = await until(
    async () => {
      const now = await ended()
      expect(now.done + now.known + now.dead).toBe(published)
      return now
    },
    { within: 240_000 },
  )
  await until(() => bench.letters.length === dead)

  const database = new Client({ connectionString: bench.world.databaseUrl('workbench') })
  await database.connect()
  const { rows } = await database.query<{ message_id: string }>('select message_id from effects')
  await database.end()
  const effects = new Set(rows.map(({ message_id }) => message_id))
  expect(effects.size).toBe(done)
  expect(rows).toHaveLength(done)
  expect(good.filter((id) => !effects.has(id))).toEqual([])

  const buried = new Set(bench.letters.map(({ properties }) => properties.messageId as string))
  expect(good.filter((id) => buried.has(id))).toEqual([])
  expect(odd.filter((envelope) => isLost(envelope)).map(readable)).toEqual([])
  function isLost({ properties: { messageId } }: Envelope): boolean {
    const id = messageId?.subarray(1).toString()
    return isMessageId(id) && !effects.has(id) && !buried.has(id)
  }

  const ours = bench.letters.filter(({ properties }) => properties.userId === 'workbench')
  for (const why of ['crashed-the-process', 'unpublishable']) expect(ours.map(reason)).not.toContain(why)
  expect(workbench.lines.filter((line) => /connection lost|uncaught/i.test(line))).toEqual([])
  // Still the same process; what it did not settle would return to its queue now.
  await expectToLeave(workbench, bench)
  for (const queue of ['workbench.dead', ...tiers.map(waitQueue)]) expect(await bench.world.depth(queue)).toBe(0)
}, 300_000)

/** An envelope in the words of a failure. */
function readable({ properties, body }: Envelope) {
  const words = Object.entries(properties).map(([name, value]) => [name, value?.toString('latin1').slice(0, 300)])
  return { ...Object.fromEntries(words), body: body.toString('latin1').slice(0, 300) }
}
