import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { connect } from 'amqplib'
import { underLoad } from '../under-load.ts'
import { until } from '../../testbed/until.ts'
import { helm, kubectl, object, objects } from '../../cluster/testing/commands.ts'
import { placeOrder } from './testing/orders.ts'
import { databaseUrl, isReady, openCluster, secret, type TestCluster } from './testing/test-cluster.ts'

let cluster: TestCluster

beforeAll(async () => {
  cluster = await openCluster()
}, 120_000)

afterAll(() => cluster?.close())

/** Gives a user new passwords, as docs/production.md does. Returns the earlier values of its Secret. */
async function renew(user: string, ...keys: string[]) {
  const name = `${user}-credentials`
  const before = await secret(cluster.namespace, name)
  const stringData = Object.fromEntries(keys.map((key) => [key, randomBytes(20).toString('hex')]))
  await kubectl('patch', 'secret', name, '-n', cluster.namespace, '-p', JSON.stringify({ stringData }))
  return before
}

async function restart(handler: string) {
  await kubectl('rollout', 'restart', `deployment/${handler}`, '-n', cluster.namespace)
  await kubectl('rollout', 'status', `deployment/${handler}`, '-n', cluster.namespace, '--timeout', '3m')
}

/** Whether the broker accepts the login of a user. */
async function opensBroker(user: string, password: string) {
  const url = new URL(cluster.shop.amqpUrl)
  url.username = user
  url.password = password
  return connect(url.toString()).then(
    (connection) => connection.close().then(() => true),
    () => false,
  )
}

/** Whether the database server accepts the login of a handler's role. */
async function opensDatabase(handler: string, password: string) {
  const url = new URL(await databaseUrl(cluster, handler))
  url.password = password
  const client = new pg.Client({ connectionString: url.toString() })
  return client.connect().then(
    () => client.end().then(() => true),
    () => false,
  )
}

test('new passwords for broker, database and scaler under load lose and double nothing, and the old ones open nothing', async () => {
  // The ledger logs in to the databases with the passwords of its end.
  const shop = { ...cluster.shop }
  const load = underLoad({ shop }, { orders: 500, rate: 10 })
  await until(() => load.accepted > 50, { within: 60_000 })

  for (const handler of ['orders', 'payments']) {
    const old = await renew(handler, 'password', 'database-password', 'scaler-password')
    await until(async () => !(await opensBroker(handler, old['password']!)), { within: 60_000 })
    const upgrade = ['upgrade', handler, 'charts/handler', '-n', cluster.namespace, '--reset-then-reuse-values']
    await helm(...upgrade, '--wait', '--timeout', '3m')
    await restart(handler)
    expect(await opensDatabase(handler, old['database-password']!)).toBe(false)
    expect(
      await opensDatabase(handler, (await secret(cluster.namespace, `${handler}-credentials`))['database-password']!),
    ).toBe(true)
  }
  const old = await renew('monitor', 'password')
  await until(async () => !(await opensBroker('monitor', old['password']!)), { within: 60_000 })

  const renewed = await openCluster()
  Object.assign(shop, { databases: renewed.shop.databases })
  await load.expectLedgerHolds()
  await renewed.close()
}, 600_000)

test('after the rotation KEDA reads every queue and timer with the new passwords, and wakes handlers from zero', async () => {
  await cluster.asleep()
  const order = await placeOrder(cluster.shop)
  await until(async () => (await order.status()) === 'confirmed', { within: 120_000 })
  await until(async () => (await objects(cluster.namespace, 'scaledobjects.keda.sh')).every(isReady), {
    within: 60_000,
  })
}, 500_000)

test('a pod that was not restarted after a rotation restarts by itself once its connection drops, and takes orders again', async () => {
  const [before] = await cluster.pods('gateway')
  const restarts = async () => {
    const { status } = await object(cluster.namespace, 'pod', before!.metadata!.name!)
    return status.containerStatuses[0].restartCount as number
  }
  const already = await restarts()
  const old = await renew('gateway', 'password')
  await until(async () => !(await opensBroker('gateway', old['password']!)), { within: 60_000 })
  await kubectl(
    'exec',
    'rabbit-server-0',
    '-n',
    cluster.namespace,
    '-c',
    'rabbitmq',
    '--',
    'rabbitmqctl',
    'close_all_user_connections',
    'gateway',
    'rotated',
  )

  await until(async () => (await restarts()) > already, { within: 150_000 })
  // The port-forward reaches the new container a moment later.
  const order = await until(() => placeOrder(cluster.shop), { within: 60_000 })
  await until(async () => (await order.status()) === 'confirmed', { within: 120_000 })
}, 500_000)
