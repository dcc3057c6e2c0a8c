import { randomBytes } from 'node:crypto'
import type { ConfirmChannel } from 'amqplib'
import { pino } from 'pino'
import { until, createWorld, type World } from '#testbed'
import type { Delivery } from './consume-channel.ts'
import { createConsumer, type Consumer } from './consumer.ts'

const log = pino({ enabled: false })
const prefetch = 20

let world: World
let admin: ConfirmChannel
let queue: string
let received: Delivery[]
let consumer: Consumer

beforeAll(async () => {
  world = await createWorld([])
})

beforeEach(async () => {
  admin = await world.channel(world.broker.admin.user)
  queue = `queue-${randomBytes(4).toString('hex')}`
  await admin.assertQueue(queue, { durable: true, arguments: { 'x-queue-type': 'quorum' } })
  received = []
})

afterEach(async () => {
  await consumer.close()
  await admin.deleteQueue(queue)
  await admin.close()
})

afterAll(() => world.close())

async function consume() {
  consumer = createConsumer(world.url(world.broker.admin.user), queue, { queue, prefetch, log })
  consumer.open((delivery) => received.push(delivery))
  await consumer.ready
}

async function publish(count: number) {
  for (let number = 0; number < count; number++) admin.sendToQueue(queue, Buffer.from(String(number)))
  await admin.waitForConfirms()
}

/** Handles this many deliveries, one after another, each as soon as it arrives. */
async function handle(count: number) {
  for (let number = 0; number < count; number++) {
    const delivery = await until(() => received.shift())
    delivery.outlived()
    delivery.acknowledge()
  }
}

/** Ends the consumer's connection from outside, as a restarting broker does. */
async function cutConnection() {
  const name = await until(async () => {
    const connections = await world.broker.request<
      { name: string; client_properties?: { connection_name?: string } }[]
    >('GET', 'connections')
    return connections.find(({ client_properties: client }) => client?.connection_name === queue)?.name
  })
  await world.broker.request('DELETE', `connections/${encodeURIComponent(name)}`)
}

test('slow start: a process takes one delivery at a time until it has survived five, then as many as it may hold', async () => {
  await publish(100)
  await consume()
  for (let handled = 0; handled < 5; handled++) {
    await until(() => received.length > 0)
    expect([received.length, consumer.window, consumer.held]).toEqual([1, 1, 1])
    await handle(1)
  }
  await until(() => received.length === prefetch)
  expect([consumer.window, consumer.held]).toEqual([prefetch, prefetch])
})

test('a slow delivery holds up the others for two seconds only: by then the process has survived it', async () => {
  await publish(100)
  await consume()
  await until(() => received.length === 1 + prefetch)
  expect(consumer.window).toBe(prefetch)
  expect(received.filter(({ raw }) => raw.fields.redelivered)).toEqual([])
})

test('a delivery that an earlier process did not survive holds up the others until it returns, with any result', async () => {
  await publish(100)
  const other = await world.channel(world.broker.admin.user)
  await until(() => other.get(queue))
  await other.close()

  await consume()
  const suspect = await until(() => received[0])
  expect(suspect.raw.fields.redelivered).toBe(true)
  const began = Date.now()
  await until(() => Date.now() - began > 2_500)
  expect(received).toHaveLength(1)
  suspect.outlived()
  await until(() => received.length === 1 + prefetch)
})

test('raising the prefetch hands no message back, so none is delivered twice', async () => {
  await publish(100)
  await consume()
  await handle(5)
  await until(() => received.length === prefetch)
  expect(received.filter(({ raw }) => raw.fields.redelivered)).toEqual([])
  expect(received.map(({ raw }) => Number(raw.content))).toEqual(
    Array.from({ length: prefetch }, (_, index) => 5 + index),
  )
})

test('a delivery that was held by a process that died restarts the count', async () => {
  await publish(100)
  const other = await world.channel(world.broker.admin.user)
  for (let number = 0; number < 8; number++) await until(() => other.get(queue))
  await other.close()

  await consume()
  await handle(8)
  await until(() => received.length > 0)
  expect(received.every(({ raw }) => raw.fields.redelivered)).toBe(false)
  expect(consumer.window).toBe(1)
  await handle(5)
  await until(() => consumer.window === prefetch)
})

test('a consumer that is cancelled while it raises its prefetch takes no new deliveries', async () => {
  await publish(5)
  await consume()
  await handle(5)
  while (consumer.window === 1) await new Promise(setImmediate)
  await consumer.cancel()
  expect(consumer.subscribed).toBe(false)

  await publish(10)
  await until(async () => (await admin.checkQueue(queue)).consumerCount === 0)
  expect(received).toEqual([])
  expect((await admin.checkQueue(queue)).messageCount).toBe(10)
})

test('deliveries that a consumer holds when it is cancelled can still be acknowledged', async () => {
  await publish(1)
  await consume()
  const [delivery] = await until(() => received.length === 1 && received)
  await consumer.cancel()
  delivery?.acknowledge()
  await consumer.close()
  expect((await admin.checkQueue(queue)).messageCount).toBe(0)
})

test('a delivery ends with its connection: it is not acknowledged on the next one, and is redelivered', async () => {
  await publish(1)
  await consume()
  const [first] = await until(() => received.length === 1 && [...received])
  await cutConnection()
  const again = await until(() => received[1], { within: 20_000 })

  expect([first?.alive, again.alive]).toEqual([false, true])
  expect(again.raw.fields.redelivered).toBe(true)
  first?.acknowledge()
  expect(consumer.held).toBe(1)
  again.acknowledge()
  await until(() => consumer.held === 0)
})
