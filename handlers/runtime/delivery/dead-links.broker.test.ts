import { randomBytes, randomUUID } from 'node:crypto'
import { jest } from '@jest/globals'
import { pino } from 'pino'
import { parseManifest } from '../manifest/index.ts'
import { createMetrics } from '../observe/metrics.ts'
import { migrate } from '../database/migrate.ts'
import { openLink, type Link, sharedServers, until, createWorld, type World } from '#testbed'
import type { Delivery } from '../broker/consume-channel.ts'
import { createConsumer } from '../broker/consumer.ts'
import { openPublisher } from '../broker/publisher.ts'
import { openDatabase } from '../database/connection.ts'
import { DatabaseLost } from '../database/lost.ts'
import { runTransaction } from './transaction.ts'
import { itemOfSubmission } from './work-item.ts'

const log = pino({ enabled: false })
const name = `links-${randomBytes(4).toString('hex')}`

let world: World
let link: Link

beforeAll(async () => {
  world = await createWorld([])
})
afterEach(() => link.close())
afterAll(async () => {
  await world.close()
  await sharedServers().database.drop(name)
})

const message = (queue: string) => ({
  exchange: '',
  key: queue,
  content: Buffer.from('{}'),
  options: { messageId: randomUUID(), mandatory: true },
})

test('when the broker falls silent during publishing, its connection is dropped and the messages are published on a new one', async () => {
  link = await openLink(world.broker.port)
  const channel = await world.channel(world.broker.admin.user)
  const { queue } = await channel.assertQueue('', { exclusive: true })
  const publisher = openPublisher(link.via(world.url(world.broker.admin.user)), name, log)
  await publisher.ready
  expect(await publisher.publish([message(queue)])).toEqual(['confirmed'])

  link.deaden()
  expect(await publisher.publish([message(queue)])).toEqual(['unknown'])
  await until(() => publisher.connected)
  expect(await publisher.publish([message(queue)])).toEqual(['confirmed'])
  expect(await channel.checkQueue(queue)).toMatchObject({ messageCount: 2 })
  await publisher.close()
}, 60_000)

test('a process that shuts down does not wait for a silent broker', async () => {
  link = await openLink(world.broker.port)
  const channel = await world.channel(world.broker.admin.user)
  await channel.assertQueue(name, { arguments: { 'x-queue-type': 'quorum' } })
  channel.sendToQueue(name, Buffer.from('{}'))
  await channel.waitForConfirms()
  const received: Delivery[] = []
  const url = link.via(world.url(world.broker.admin.user))
  const consumer = createConsumer(url, name, { queue: name, prefetch: 10, log })
  consumer.open((delivery) => received.push(delivery))
  await consumer.ready
  await until(() => received.length === 1)

  link.deaden()
  for (const delivery of received) delivery.acknowledge()
  await consumer.close()
  expect(consumer.subscribed).toBe(false)
}, 30_000)

test('a database that falls silent in a transaction counts as lost after a timeout, and the next attempt has a new connection', async () => {
  const server = sharedServers().database
  const url = await server.create(name)
  await migrate(url)
  link = await openLink(Number(new URL(url).port))
  const database = openDatabase(link.via(url), name, log)
  const metrics = createMetrics(parseManifest('tests', {}), '1', { inFlight: () => 0, blocked: () => [] })
  const context = { handler: name, mayPublish: new Set<string>(), timeout: 5_000, ownRowsOnly: false, metrics, log }
  const submit = () => {
    const item = itemOfSubmission(async () => ({ value: 'done', messages: [] }), 'c', randomUUID())
    const nothingConfirmed = { inbox: [], timers: [], outbox: [] }
    return database.use((client) => runTransaction(client, [{ item }], nothingConfirmed, context))
  }
  expect(await submit()).toMatchObject([{ value: 'done' }])

  link.deaden()
  jest.useFakeTimers({
    doNotFake: ['nextTick', 'setImmediate', 'setInterval', 'queueMicrotask', 'performance', 'Date'],
  })
  try {
    const lost = expect(submit()).rejects.toThrow(DatabaseLost)
    await jest.advanceTimersByTimeAsync(130_000)
    await lost
  } finally {
    jest.useRealTimers()
  }
  expect(await submit()).toMatchObject([{ value: 'done' }])
  await database.close()
})

test('a process that shuts down does not wait for a silent database', async () => {
  const url = await sharedServers().database.create(name)
  link = await openLink(Number(new URL(url).port))
  const database = openDatabase(link.via(url), name, log)
  await database.client()
  link.deaden()
  await database.close()
}, 10_000)

test('a database that falls silent right after the login counts as lost after a few seconds', async () => {
  const url = await sharedServers().database.create(name)
  link = await openLink(Number(new URL(url).port))
  const database = openDatabase(link.via(url), name, log, () => link.deaden())
  await expect(database.client()).rejects.toThrow(DatabaseLost)
  await database.close()
}, 20_000)
