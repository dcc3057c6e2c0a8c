import { randomBytes } from 'node:crypto'
import { connect } from 'amqplib'
import { sharedServers } from '../testbed/servers.ts'
import { until } from '../testbed/until.ts'
import { definitions } from '#runtime/topology/index.ts'
import { readQueues, type Management } from './queues.ts'

const { broker } = sharedServers()
const vhost = `queues-${randomBytes(4).toString('hex')}`
const password = (user: string) => `${user}-of-the-tests`
const monitor: Management = {
  url: `http://127.0.0.1:${broker.managementPort}`,
  user: 'monitor',
  password: password('monitor'),
  vhost,
}

beforeAll(async () => {
  await broker.importDefinitions(definitions([], { vhost, passwords: password }))
  await broker.request('PUT', `permissions/${vhost}/${broker.admin.user}`, { configure: '', write: '.*', read: '.*' })
})
afterAll(() => broker.request('DELETE', `vhosts/${vhost}`))

test('unacknowledged and ready messages are counted separately, by a user who may not read them', async () => {
  const connection = await connect(broker.url(broker.admin.user, broker.admin.password, vhost))
  try {
    const channel = await connection.createConfirmChannel()
    for (let n = 0; n < 5; n++) channel.sendToQueue('unrouted', Buffer.from('{}'), { persistent: true })
    await channel.waitForConfirms()
    await channel.prefetch(2)
    await channel.consume('unrouted', () => {})

    await until(async () => {
      expect((await readQueues(monitor)).get('unrouted')).toEqual({ ready: 3, unacknowledged: 2 })
      return true
    })
  } finally {
    await connection.close()
  }
})

test('a broker that does not respond and one that refuses are errors, not empty queues', async () => {
  await expect(readQueues({ ...monitor, url: 'http://127.0.0.1:9' })).rejects.toThrow(
    "RabbitMQ's management API at http://127.0.0.1:9 does not answer",
  )
  await expect(readQueues({ ...monitor, password: 'wrong' })).rejects.toThrow(
    /refuses the password of its user monitor \(401\), so the counts of its queues are unknown$/,
  )
})
