import { until } from '#runtime/testing/until.ts'
import { queueTotals } from '../../ledger/collect.ts'
import { command, helm, objects } from '../testing/commands.ts'
import { placeOrder } from '../testing/orders.ts'
import { openCluster, type TestCluster } from '../testing/test-cluster.ts'

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
const revision = async (release: string) =>
  (JSON.parse(await helm('status', release, '-n', cluster.namespace, '-o', 'json')) as { version: number }).version
const waiting = async (queue: string) => {
  const found = (await queueTotals(cluster.shop)).find(({ name }) => name === queue)
  return found && found.ready + found.unacknowledged
}

test('helm uninstall of a handler is a pause: its messages keep arriving, are not removed by mistake, and are handled after the next install', async () => {
  await helm('uninstall', 'shipping', '-n', cluster.namespace, '--wait')
  const order = await placeOrder(cluster.shop)
  await until(async () => (await waiting('shipping')) === 1, { within: 120_000 })
  await expect(
    command('npm', 'run', '--silent', 'remove', '--', 'shipping', '--namespace', cluster.namespace),
  ).rejects.toThrow(/shipping.* 1 message/)
  expect(await order.status()).toBe('processing')

  await install('shipping')
  await until(async () => (await order.status()) === 'confirmed', { within: 120_000 })
}, 400_000)

test('a handler that is installed is not removed', async () => {
  await expect(
    command('npm', 'run', '--silent', 'remove', '--', 'shipping', '--namespace', cluster.namespace),
  ).rejects.toThrow(/helm uninstall shipping/)
}, 120_000)

test('a change that a queue cannot take is refused before anything is changed, and says what to do', async () => {
  const before = await revision('payments')
  const [queue] = await objects(cluster.namespace, 'queues.rabbitmq.com/payments,queues.rabbitmq.com/payments')
  await expect(install('payments', '--set', 'broker.vhost=elsewhere')).rejects.toThrow(
    /payments: broker\.vhost cannot change from shop to elsewhere/,
  )
  const [after] = await objects(cluster.namespace, 'queues.rabbitmq.com/payments,queues.rabbitmq.com/payments')
  expect(after).toEqual(queue)
  expect(await revision('payments')).toBe(before)
}, 120_000)
