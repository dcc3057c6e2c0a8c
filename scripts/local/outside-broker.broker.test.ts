import { logIn } from '#runtime/broker/login.ts'
import { parseManifest } from '#runtime/manifest/index.ts'
import { definitions } from '#runtime/topology/index.ts'
import type { LocalBroker } from '../servers/broker.ts'
import { ownBroker } from '../testbed/own-servers.ts'
import { outsideBroker } from './outside-broker.ts'

const manifests = [parseManifest('orders', { handles: ['order.place.v1'] })]

let broker: LocalBroker
beforeAll(async () => {
  broker = await ownBroker()
}, 120_000)
afterAll(() => broker.stop())

async function shopIn(vhost: string, password: string) {
  const { user, password: word } = broker.admin
  const outside = await outsideBroker(broker.url(user, word, vhost), `http://127.0.0.1:${broker.managementPort}`)
  return () => outside.importDefinitions(definitions(manifests, { vhost, passwords: () => password, partial: true }))
}

const hashes = async () =>
  (await broker.request<{ users: { name: string; password_hash: string }[] }>('GET', 'definitions')).users

test('a wrong password and a missing tag have different sentences, neither with the password', async () => {
  const managementUrl = `http://127.0.0.1:${broker.managementPort}`
  const refused = (user: string, password: string) =>
    expect(outsideBroker(broker.url(user, password, 'shop'), managementUrl)).rejects
  await broker.request('PUT', 'users/plain', { password: 'Tr0ub4dor3', tags: '' })
  await refused('plain', 'wrong-Tr0ub4dor3').toThrow(
    `the broker at ${managementUrl} refuses the login of plain: correct the password in AMQP_URL, or the user.`,
  )
  await refused('plain', 'Tr0ub4dor3').toThrow(
    `the user plain of AMQP_URL may not administer the broker at ${managementUrl}: it needs the tag administrator.`,
  )
})

test('an administrator whose name and password contain any character declares the topology', async () => {
  const [user, password] = ['Jürgen/admin', 'pä ss%w€rd#?@:/+']
  await broker.request('PUT', `users/${encodeURIComponent(user)}`, { password, tags: 'administrator' })
  const outside = await outsideBroker(
    broker.url(user, password, 'läden/eins'),
    `http://127.0.0.1:${broker.managementPort}`,
  )
  expect(outside.vhost).toBe('läden/eins')
  await outside.importDefinitions(
    definitions(manifests, { vhost: outside.vhost, passwords: () => password, partial: true }),
  )
  const orders = await logIn(outside.url('orders', password))
  await (await orders.createChannel()).checkQueue('orders')
  await orders.close()
  await broker.request('DELETE', `vhosts/${encodeURIComponent(outside.vhost)}`)
})

test('a second shop in another virtual host of a broker is refused, and the users of the first one keep their passwords', async () => {
  const [first, second] = [await shopIn('first', 'one'), await shopIn('second', 'two')]
  await first()
  const before = await hashes()
  await expect(second()).rejects.toThrow(
    /serves another system, in the virtual host first: .* would change the passwords of monitor, operator, orders\. .* rabbitmqctl delete_vhost first/,
  )
  expect(await hashes()).toEqual(before)

  // The same shop again, with the passwords that it has now.
  await first()
  await broker.request('DELETE', 'vhosts/first')
  await second()
  expect(await hashes()).not.toEqual(before)
}, 60_000)
