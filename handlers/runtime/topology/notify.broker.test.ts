import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { Message } from '../contract.ts'
import { Announce, NotifyCustomer, NotifyStaff } from '../fixtures/notices.ts'
import { createWorld, until, type World } from '#testbed'

// Only the herald runs: what the others would get stays in their queues.
const listeners = ['urgent-sms', 'urgent-or-sms', 'all-urgent']
let world: World

beforeAll(async () => {
  world = await createWorld(['herald', ...listeners].map((name) => join('handlers/runtime/fixtures', name)))
  await world.spawn('herald').then(({ ready }) => ready)
})
afterAll(() => world?.close())

/** The listeners that get a notification. Once it is confirmed, it is in all its queues. */
async function heardBy(message: Message): Promise<string[]> {
  await world.send(message)
  const channel = await world.channel('admin')
  const got = await Promise.all(
    listeners.map(async (listener) => ((await channel.get(listener, { noAck: true })) ? [listener] : [])),
  )
  await channel.close()
  return got.flat()
}

const notice = { text: 'ready', channel: 'sms' as const, urgent: true }

test('a notification goes to those whose headers match: all of them, or any', async () => {
  expect(await heardBy(NotifyCustomer(notice))).toEqual(['urgent-sms', 'urgent-or-sms', 'all-urgent'])
  expect(await heardBy(NotifyCustomer({ ...notice, urgent: false }))).toEqual(['urgent-or-sms'])
  expect(await heardBy(NotifyCustomer({ ...notice, channel: 'mail' }))).toEqual(['urgent-or-sms', 'all-urgent'])
})

test('another type with the same headers matches none of them', async () => {
  expect(await heardBy(NotifyStaff(notice))).toEqual([])
})

test('what a handler returns is routed by its headers; what matches none is kept in unrouted, and its sender goes on', async () => {
  const before = await world.depth('unrouted')
  await world.send(Announce({ ...notice, channel: 'mail', urgent: false, internal: false }))
  await until(async () => (await world.depth('unrouted')) === before + 1)
  await world.send(Announce({ ...notice, internal: false }))
  await until(async () => (await world.depth('urgent-sms')) === 1)
})

test('only those whose handler.yaml has notifies may write to the exchange', async () => {
  const channel = await world.channel('urgent-sms')
  const refused = new Promise<string>((resolve) => channel.once('error', (error: Error) => resolve(error.message)))
  channel.publish('notify', NotifyCustomer.type, Buffer.from('{}'), { messageId: randomUUID(), userId: 'urgent-sms' })
  expect(await refused).toMatch(/403.*ACCESS_REFUSED.*write access to exchange 'notify'/)
})
