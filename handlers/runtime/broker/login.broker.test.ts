import { randomBytes } from 'node:crypto'
import { pino } from 'pino'
import { sharedServers } from '#testbed'
import { createConsumer } from './consumer.ts'
import { isLoginRefused, logIn } from './login.ts'
import { openPublisher } from './publisher.ts'

const { broker } = sharedServers()
const suffix = randomBytes(4).toString('hex')
const [user, password, vhost] = [`Jürgen/${suffix}`, 'pä ss%w€rd#?@:/+', `läden/${suffix}`]
const url = broker.url(user, password, vhost)
const log = pino({ enabled: false })

beforeAll(async () => {
  const [userPath, vhostPath] = [user, vhost].map(encodeURIComponent)
  await broker.request('PUT', `users/${userPath}`, { password, tags: '' })
  await broker.request('PUT', `vhosts/${vhostPath}`)
  await broker.request('PUT', `permissions/${vhostPath}/${userPath}`, { configure: '.*', write: '.*', read: '.*' })
})

afterAll(async () => {
  await broker.request('DELETE', `vhosts/${encodeURIComponent(vhost)}`)
  await broker.request('DELETE', `users/${encodeURIComponent(user)}`)
})

test('a user whose name and password contain any character publishes and consumes', async () => {
  const connection = await logIn(url)
  const channel = await connection.createChannel()
  await channel.assertQueue('letters', { arguments: { 'x-queue-type': 'quorum' } })
  await channel.bindQueue('letters', 'amq.topic', 'letter')
  await connection.close()

  const publisher = openPublisher(url, 'publishes', log)
  const consumer = createConsumer(url, 'consumes', { queue: 'letters', prefetch: 1, log })
  await publisher.ready
  const options = { messageId: 'one', userId: user, mandatory: true }
  const fates = await publisher.publish([
    { exchange: 'amq.topic', key: 'letter', content: Buffer.from('hello'), options },
  ])
  expect(fates).toEqual(['confirmed'])
  const received = await new Promise<string>((resolve) =>
    consumer.open((delivery) => {
      delivery.acknowledge()
      resolve(`${delivery.raw.properties.userId}: ${delivery.raw.content.toString()}`)
    }),
  )
  expect(received).toBe(`${user}: hello`)
  await consumer.ready
  await Promise.all([publisher.close(), consumer.close()])
})

test('a wrong password is recognized, a missing virtual host is something else, and neither error contains the password', async () => {
  const wrong = await logIn(broker.url(user, `${password}!`, vhost)).catch((error: unknown) => error)
  expect(isLoginRefused(wrong)).toBe(true)
  const nowhere = await logIn(broker.url(user, password, 'nowhere')).catch((error: unknown) => error)
  expect(nowhere).toBeInstanceOf(Error)
  expect(isLoginRefused(nowhere)).toBe(false)
  expect(`${String(wrong)} ${String(nowhere)}`).not.toContain('rd#')
})
