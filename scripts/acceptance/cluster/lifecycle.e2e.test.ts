import { until } from '../../testbed/until.ts'
import { readQueues } from '../../inspect/queues.ts'
import { managementOf } from '../../inspect/system.ts'
import { policyOf } from './testing/broker.ts'
import { apply, command, helm, kubectl, object, objects } from '../../cluster/testing/commands.ts'
import { placeOrder } from './testing/orders.ts'
import { openCluster, type TestCluster } from './testing/test-cluster.ts'

let cluster: TestCluster

beforeAll(async () => {
  cluster = await openCluster()
}, 120_000)

afterAll(() => cluster?.close())

const install = (handler: string, ...more: string[]) =>
  helm(
    ...['upgrade', '--install', handler, 'charts/handler', '-n', cluster.namespace],
    ...['-f', `handlers/${handler}/handler.yaml`, '--wait', '--timeout', '3m', ...more],
  )
/** Until its last pod has left: what one still holds it finishes. */
async function uninstall(handler: string) {
  await helm('uninstall', handler, '-n', cluster.namespace, '--wait')
  const selector = `app.kubernetes.io/name=${handler},app.kubernetes.io/component=handler`
  await until(async () => (await objects(cluster.namespace, 'pods', '-l', selector)).length === 0, { within: 120_000 })
}
const revision = async (release: string) =>
  (JSON.parse(await helm('status', release, '-n', cluster.namespace, '-o', 'json')) as { version: number }).version
const waiting = async (queue: string) => {
  const found = (await readQueues(managementOf(cluster.shop))).get(queue)
  return found && found.ready + found.unacknowledged
}

test('helm uninstall pauses a handler: its messages keep arriving, cannot be removed by mistake, and are handled after the next install', async () => {
  await uninstall('shipping')
  const order = await placeOrder(cluster.shop)
  await until(async () => (await waiting('shipping')) === 1, { within: 120_000 })
  await expect(
    command('npm', 'run', '--silent', 'remove', '--', 'shipping', '--namespace', cluster.namespace),
  ).rejects.toThrow(/shipping.* 1 message/)
  expect(await order.status()).toBe('processing')

  await install('shipping')
  await until(async () => (await order.status()) === 'confirmed', { within: 120_000 })
}, 400_000)

test('an installed handler cannot be removed', async () => {
  await expect(
    command('npm', 'run', '--silent', 'remove', '--', 'shipping', '--namespace', cluster.namespace),
  ).rejects.toThrow(/helm uninstall shipping/)
}, 120_000)

test('helm upgrade changes retries and policies while messages wait, and loses none', async () => {
  const upgradeSystem = (tier: number) =>
    helm(
      'upgrade',
      'system',
      'charts/system',
      '-n',
      cluster.namespace,
      '--reset-then-reuse-values',
      '--set',
      `tiers.10m=${tier}`,
    )
  await uninstall('shipping')
  const order = await placeOrder(cluster.shop)
  await until(async () => (await waiting('shipping')) === 1, { within: 120_000 })

  await upgradeSystem(599_000)
  await until(async () => (await policyOf(cluster.shop, 'wait.10m'))['message-ttl'] === 599_000, { within: 60_000 })
  await install('shipping', '--set', 'retry.attempts=3')
  await until(async () => (await order.status()) === 'confirmed', { within: 120_000 })
  expect(await helm('get', 'values', 'shipping', '-n', cluster.namespace)).toContain('attempts: 3')

  await upgradeSystem(600_000)
  await install('shipping')
}, 400_000)

test('a change that a queue cannot take is refused before anything changes, with what to do', async () => {
  const before = await revision('payments')
  const payments = () => object(cluster.namespace, 'queues.rabbitmq.com', 'payments')
  const queue = await payments()
  await apply(cluster.namespace, {
    apiVersion: 'rabbitmq.com/v1beta1',
    kind: 'Vhost',
    metadata: { name: 'elsewhere' },
    spec: { name: 'elsewhere', rabbitmqClusterReference: { name: 'rabbit' } },
  })
  try {
    await expect(install('payments', '--set', 'broker.vhost=elsewhere')).rejects.toThrow(
      /broker\.vhost: the queue payments is in the virtual host warren, and a queue cannot be moved.*npm run remove -- payments/,
    )
  } finally {
    await kubectl('delete', 'vhosts.rabbitmq.com', 'elsewhere', '-n', cluster.namespace)
  }
  expect(await payments()).toEqual(queue)
  expect(await revision('payments')).toBe(before)
}, 120_000)

test('an upgrade removes the bindings that handler.yaml no longer names, and adds a secret without changing the others', async () => {
  const keys = async () =>
    (await objects(cluster.namespace, 'bindings.rabbitmq.com', '-l', 'app.kubernetes.io/instance=notifications'))
      .filter(({ spec }) => spec.source === 'events' && spec.destinationType === 'queue')
      .map(({ spec }) => spec.routingKey as string)
      .sort()
  const secrets = async () =>
    JSON.parse(
      await kubectl('get', 'secret', 'notifications-credentials', '-n', cluster.namespace, '-o', 'jsonpath={.data}'),
    )
  const before = { keys: await keys(), secrets: await secrets() }

  const narrowed = JSON.stringify(['order.confirmed.v1', { type: 'order.cancelled.v1', key: 'us.*' }])
  await install('notifications', '--set-json', `subscribes=${narrowed}`, '--set', 'env.TOKEN=')
  expect(await keys()).toEqual(['order.cancelled.v1.us.*', 'order.confirmed.v1.#'])
  expect(await secrets()).toEqual({ ...before.secrets, TOKEN: expect.stringMatching(/./) })

  await install('notifications')
  expect(await keys()).toEqual(before.keys)
}, 300_000)
