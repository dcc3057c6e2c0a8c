import { issueToken } from '#contracts'
import { loadManifests } from '#runtime/manifest/index.ts'
import { answer, writableKeys } from '../../testbed/answers.ts'
import { until } from '../../testbed/until.ts'
import { queueNames, queuesOf, tiers, unrouted } from '#runtime/topology/index.ts'
import { readMailbox } from '../../servers/mail.ts'
import { kubectl, objects } from '../../cluster/testing/commands.ts'
import { placeOrder } from './testing/orders.ts'
import { enforcesPolicies, runInPod } from './testing/pod.ts'
import { brokerUsers } from './testing/users.ts'
import { isReady, openCluster, type TestCluster } from './testing/test-cluster.ts'

const manifests = loadManifests('handlers')
const kinds = ['queues', 'exchanges', 'bindings', 'policies', 'users', 'permissions', 'topicpermissions', 'vhosts']

let cluster: TestCluster

beforeAll(async () => {
  cluster = await openCluster()
}, 120_000)

afterAll(() => cluster?.close())

test('every object of the charts is ready', async () => {
  const declared = await objects(cluster.namespace, kinds.map((kind) => `${kind}.rabbitmq.com`).join())
  expect(declared.length).toBeGreaterThan(manifests.length * 5)
  expect(declared.filter((each) => !isReady(each)).map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([])

  await until(async () => (await objects(cluster.namespace, 'scaledobjects.keda.sh')).every(isReady), {
    within: 60_000,
  })
  const scaled = await objects(cluster.namespace, 'scaledobjects.keda.sh')
  const expected = manifests.filter(({ scale }) => scale.min < scale.max).map(({ name }) => name)
  expect(scaled.map(({ metadata }) => metadata.name).sort()).toEqual(expected.sort())
}, 100_000)

test('an order posted through the gateway is confirmed, and its mail arrives', async () => {
  const order = await placeOrder(cluster.shop)
  await until(async () => (await order.status()) === 'confirmed', { within: 120_000 })
  await until(
    async () =>
      (await readMailbox(cluster.shop.mails)).mails.some((id) => id.startsWith(`order-confirmed.${order.id}@`)),
    { within: 60_000 },
  )
}, 200_000)

test("the admin's endpoints are off: they answer as any path that does not exist", async () => {
  const token = await issueToken(cluster.shop.authSecret, { id: 'root', email: 'root@example.com', admin: true })
  const answers = await Promise.all(
    ['broadcast', 'stock-feed', 'simulate-failure', 'missing'].map(async (path) => {
      const { status } = await fetch(`${cluster.shop.gatewayUrl}/api/admin/${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: '{}',
      })
      return status
    }),
  )
  expect(answers).toEqual([404, 404, 404, 404])
})

test('the namespace accepts restricted pods only, and no handler has an API token', async () => {
  const order = await placeOrder(cluster.shop)
  await until(async () => (await order.status()) === 'confirmed', { within: 120_000 })
  const pods = await cluster.pods()
  expect(pods.length).toBeGreaterThan(2)
  const mounts = pods.flatMap(({ spec }) => spec?.containers.flatMap(({ volumeMounts = [] }) => volumeMounts) ?? [])
  expect(mounts.filter(({ mountPath }) => mountPath.includes('serviceaccount'))).toEqual([])

  const careless = ['run', 'careless', '-n', cluster.namespace, '--image=docker.io/warren/bank:dev']
  await expect(kubectl(...careless, '--privileged', '--dry-run=server')).rejects.toThrow(
    /violates PodSecurity "restricted/,
  )
}, 200_000)

describe.each(manifests)('the credentials of $name', (manifest) => {
  const { name, sends, emits } = manifest
  const own = [...queueNames(manifest, 'work'), ...queueNames(manifest, 'questions')]
  const types = [...new Set(manifests.flatMap((each) => [...each.handles, ...each.emits]))]
  const queues = [unrouted, ...manifests.flatMap(queuesOf).map((queue) => queue.name)]

  test('publish only the types in its handler.yaml, read no other queue and declare nothing', async () => {
    const users = await brokerUsers(cluster)
    // What is allowed was tried by the orders, and would be taken for work here.
    const allowed = [
      ...sends.map((type) => `commands ${type}`),
      ...emits.map((type) => `events ${type}`),
      `delay ${tiers[0]}.${name}`,
      `dead ${name}`,
    ]
    const keys = [...types, ...manifests.flatMap((each) => [each.name, `${tiers[0]}.${each.name}`])]
    const foreign = queues.filter((queue) => !own.includes(queue))
    try {
      for (const exchange of [
        'commands',
        'events',
        'delay',
        'dead',
        'due',
        'redrive',
        'questions',
        'replies',
        'unrouted',
        '',
      ]) {
        const forbidden = keys.filter((key) => !allowed.includes(`${exchange} ${key}`))
        expect(await writableKeys(users, name, [exchange], forbidden)).toEqual([])
      }
      const reads = foreign.map((queue) => answer(users, name, (channel) => channel.get(queue)))
      expect(await Promise.all(reads)).toEqual(foreign.map(() => 403))
      expect(await answer(users, name, (channel) => channel.assertQueue('its-own'))).toBe(403)
      expect(await answer(users, name, (channel) => channel.checkQueue(name))).toBe('done')
    } finally {
      await users.close()
    }
  }, 120_000)
})

const enforced = await enforcesPolicies()
const where = enforced ? test : test.skip
where(
  `a connection between pods that no policy allows fails${enforced ? '' : ' (needs a cluster that enforces NetworkPolicies)'}`,
  async () => {
    const reach = (host: string, port: number) =>
      `require('node:net').connect(${port}, '${host}').setTimeout(3000, () => process.exit(1)).on('error', () => process.exit(1)).on('connect', () => process.exit(0))`
    // What the policies select, and not what the Service does: no request of the shop may come to it.
    const asBank = {
      'app.kubernetes.io/name': 'bank',
      'app.kubernetes.io/instance': 'bank',
      'app.kubernetes.io/part-of': 'warren',
      'app.kubernetes.io/component': 'test',
    }
    expect(await runInPod(cluster.namespace, asBank, reach('postgres', 5432))).toBe(0)
    expect(await runInPod(cluster.namespace, asBank, reach('mail', 1025))).toBe(1)
    expect(await runInPod(cluster.namespace, {}, reach('rabbit', 5672))).toBe(1)
  },
  120_000,
)
