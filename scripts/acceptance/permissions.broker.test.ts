import { loadManifests } from '#runtime/manifest/index.ts'
import { keepsOrder } from '#runtime/manifest/order.ts'
import { broadcasts, queueNames, queuesOf, tiers, unrouted, waitQueue } from '#runtime/topology/index.ts'
import { answer, writableKeys } from '../testbed/answers.ts'
import { createWorld, type World } from '../testbed/world.ts'

const manifests = loadManifests('handlers')
const names = manifests.map(({ name }) => name)
const queues = [unrouted, ...tiers.map(waitQueue), ...manifests.flatMap(queuesOf).map(({ name }) => name)]
const types = [
  ...new Set(
    manifests.flatMap(({ handles, subscribes, emits, sends, answers, announces }) => [
      ...handles,
      ...subscribes.map(({ type }) => type),
      ...emits,
      ...sends,
      ...answers,
      ...announces,
    ]),
  ),
]

let world: World
beforeAll(async () => {
  world = await createWorld(names)
})
afterAll(() => world?.close())

describe.each(manifests)('the broker user of $name', (manifest) => {
  const { name, sends, emits, asks, announces, hears } = manifest

  test('may publish the messages in its handler.yaml, and gets 403 for everything else', async () => {
    const keys = [...types, ...names, ...names.flatMap((other) => tiers.map((tier) => `${tier}.${other}`))]
    const forMessages = ['commands', 'events', 'notify', 'delay', 'due', 'dead', 'redrive', 'unrouted', 'journal', '']
    const exchanges = [...forMessages, 'questions', 'replies', 'broadcast']
    const allowed = [
      ...sends.map((type) => `commands ${type}`),
      ...emits.map((type) => `events ${type}`),
      ...asks.map((type) => `questions ${type}`),
      ...announces.map((type) => `broadcast ${type}`),
      // Its order would not survive a wait queue.
      ...(keepsOrder(manifest) ? [] : tiers.map((tier) => `delay ${tier}.${name}`)),
      `dead ${name}`,
    ]
    expect((await writableKeys(world, name, exchanges, keys)).sort()).toEqual(allowed.sort())
  })

  test('may consume its own queues, and gets 403 for every other queue', async () => {
    const answers = queues.map((queue) => answer(world, name, (channel) => channel.consume(queue, () => {})))
    const own = [...queueNames(manifest, 'work'), ...queueNames(manifest, 'questions')]
    expect(await Promise.all(answers)).toEqual(queues.map((queue) => (own.includes(queue) ? 'done' : 403)))
  })

  test('may read the broadcasts only if it hears any', async () => {
    const read = answer(world, name, async (channel) => {
      await channel.prefetch(1)
      return channel.consume(broadcasts, () => {})
    })
    expect(await read).toBe(hears.length > 0 ? 'done' : 403)
  })
})
