import { randomUUID } from 'node:crypto'
import type { ConfirmChannel } from 'amqplib'
import { pino } from 'pino'
import { createWorld, openLink, until, type Link, type World } from '#testbed'
import { fates, type Fate, type Publication } from './fate.ts'
import { openPublisher, type Publisher } from './publisher.ts'

const user = 'workbench'
let world: World
let admin: ConfirmChannel
let publisher: Publisher
let link: Link | undefined

beforeEach(async () => {
  world = await createWorld(['handlers/runtime/fixtures/workbench'])
  admin = await world.channel(world.broker.admin.user)
  await admin.assertQueue('heard', { arguments: { 'x-queue-type': 'quorum' } })
  await admin.bindQueue('heard', 'events', 'job.done.v1.#')
  await open(world.url(user))
})

afterEach(async () => {
  await publisher.close()
  await link?.close()
  link = undefined
  await world.close()
})

async function open(url: string) {
  publisher = openPublisher(url, 'tests', pino({ enabled: false }))
  await publisher.ready
}

const to = (exchange: string, type: string, headers = {}): Publication => ({
  exchange,
  key: type,
  content: Buffer.from('{}'),
  options: { messageId: randomUUID(), type, userId: user, mandatory: exchange !== 'events', headers },
})
const good = () => to('events', 'job.done.v1')
const foreign = () => to('commands', 'job.other.v1')
const fateOf = async (publication: Publication) => (await publisher.publish([publication]))[0]

/** How to bring about each fate: returns what to publish. */
const causes: Record<Fate, () => Publication | Promise<Publication>> = {
  confirmed: good,
  returned: () => to('commands', 'job.pass_on.v1'),
  refused: foreign,
  async missing() {
    await admin.deleteExchange('dead')
    return to('dead', user)
  },
  async nacked() {
    await admin.assertQueue('full', { arguments: { 'x-max-length': 1, 'x-overflow': 'reject-publish' } })
    await admin.bindQueue('full', 'commands', 'job.pass_on.v1')
    await publisher.publish([to('commands', 'job.pass_on.v1')])
    return to('commands', 'job.pass_on.v1')
  },
  async unknown() {
    link = await openLink(world.broker.port)
    await publisher.close()
    await open(link.via(world.url(user)))
    link.deaden()
    return good()
  },
  async blocked() {
    await publisher.publish([foreign()])
    return foreign()
  },
  // A double that is a whole number is encoded as an integer, for which it is too large.
  unencodable: () => to('events', 'job.done.v1', { 'x-published-at': -1e300 }),
}

test.each(Object.keys(fates) as Fate[])(
  'the fate "%s" is reported for its own message and affects no other',
  async (fate) => {
    const bad = await causes[fate]()
    const goods = Array.from({ length: 20 }, good)
    const [told] = await publisher.publish([bad, ...goods.slice(0, 10)])
    expect(told).toBe(fate)
    let open = goods
    await until(async () => {
      const answers = await publisher.publish(open)
      open = open.filter((_, index) => answers[index] !== 'confirmed')
      return open.length === 0
    })
    expect(publisher.blocked.length > 0).toBe(fates[fate].blocksRoute || fate === 'blocked')
  },
  60_000,
)

test('messages published together with a refused one are confirmed by the same call', async () => {
  const mixed = [good(), foreign(), ...Array.from({ length: 50 }, good)]
  const answers = await publisher.publish(mixed)
  expect(answers.filter((answer) => answer === 'confirmed')).toHaveLength(51)
  expect(answers[1]).toBe('refused')
  const { messageCount } = await admin.checkQueue('heard')
  expect(messageCount).toBeGreaterThanOrEqual(51)
})

test('a message that is refused again and again never closes the channel that other messages share', async () => {
  await publisher.publish([foreign()])
  for (let number = 0; number < 5; number++) {
    const [bad, fine] = await publisher.publish([foreign(), good()])
    expect([bad, fine]).toEqual(['blocked', 'confirmed'])
  }
  await until(async () => (await fateOf(foreign())) === 'refused')
  expect(await fateOf(good())).toBe('confirmed')
})

test('a refused message is accepted as soon as its user may publish it', async () => {
  expect(await fateOf(foreign())).toBe('refused')
  expect(publisher.blocked).toMatchObject([{ exchange: 'commands', what: 'job.other.v1', fate: 'refused' }])

  await admin.assertQueue('others', { arguments: { 'x-queue-type': 'quorum' } })
  await admin.bindQueue('others', 'commands', 'job.other.v1')
  await world.broker.request('PUT', `topic-permissions/${world.vhost}/${user}`, {
    exchange: 'commands',
    write: '.*',
    read: '^$',
  })
  await until(async () => (await fateOf(foreign())) === 'confirmed')
  expect(publisher.blocked).toEqual([])
})

test('a message without a bound queue is accepted as soon as a queue is bound', async () => {
  const command = () => to('commands', 'job.pass_on.v1')
  expect(await fateOf(command())).toBe('returned')
  await admin.assertQueue('later', { arguments: { 'x-queue-type': 'quorum' } })
  await admin.bindQueue('later', 'commands', 'job.pass_on.v1')
  await until(async () => (await fateOf(command())) === 'confirmed')
  expect(publisher.blocked).toEqual([])
})
