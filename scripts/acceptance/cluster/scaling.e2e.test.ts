import { mkdirSync, writeFileSync } from 'node:fs'
import { until } from '../../testbed/until.ts'
import { underLoad } from '../under-load.ts'
import { approvedOrder } from '../../shop/load/orders.ts'
import { redeliveries } from './testing/broker.ts'
import { placeOrder } from './testing/orders.ts'
import { recordReplicas, replicasTable } from './testing/replicas.ts'
import { isReady, openCluster, type TestCluster } from './testing/test-cluster.ts'

const report = '.warren/cluster/scaling.txt'

let cluster: TestCluster

beforeAll(async () => {
  cluster = await openCluster()
  await cluster.asleep()
}, 300_000)

afterAll(() => cluster?.close())

test('the first order wakes every handler that it needs from zero replicas, and is confirmed', async () => {
  const recording = recordReplicas(cluster)
  const order = await placeOrder(cluster.shop)
  await until(async () => (await order.status()) === 'confirmed', { within: 120_000 })
  const confirmedAt = Date.now()
  // A probe looks every few seconds only, so the last one may be ready for the API later than for its work.
  await until(async () => (await cluster.pods('shipping')).some(isReady), { within: 30_000 })
  const moments = await recording.stop()

  const after = (at: number | undefined) => (at === undefined ? NaN : (at - order.placedAt) / 1_000)
  const woken = ['orders', 'inventory', 'payments', 'shipping'].map((handler) => ({
    handler,
    wanted: after(moments.find(({ pods }) => pods[handler] !== undefined)?.at),
    ready: after(moments.find(({ pods }) => (pods[handler]?.ready ?? 0) > 0)?.at),
  }))
  console.log(
    [
      `the first order was confirmed after ${after(confirmedAt).toFixed(1)} s`,
      ...woken.map(
        ({ handler, wanted, ready }) =>
          `  ${handler.padEnd(10)} pod after ${wanted.toFixed(1)} s, ready after ${ready.toFixed(1)} s`,
      ),
    ].join('\n'),
  )
  expect(woken.filter(({ wanted, ready }) => !(wanted <= ready))).toEqual([])
}, 180_000)

test('2,000 orders: replicas rise from zero, every order is confirmed once, and no message is redelivered when replicas fall to zero', async () => {
  await cluster.asleep()
  const before = await redeliveries(cluster.shop)
  const recording = recordReplicas(cluster)
  const load = underLoad(cluster, { orders: 2_000, rate: 100, plan: approvedOrder })
  await load.expectLedgerHolds()
  await cluster.asleep()
  const moments = await recording.stop()

  const table = replicasTable(moments)
  mkdirSync('.warren/cluster', { recursive: true })
  writeFileSync(report, `${table}\n`)
  console.log(table)

  const most = (handler: string) => Math.max(...moments.map(({ pods }) => pods[handler]?.ready ?? 0))
  expect(most('payments')).toBeGreaterThanOrEqual(3)
  expect(await redeliveries(cluster.shop)).toEqual(before)
}, 600_000)

test('a question wakes the handler that answers it from zero replicas', async () => {
  await cluster.asleep()
  const stock = () => fetch(`${cluster.shop.gatewayUrl}/api/products/MUG-1/stock`)
  const began = Date.now()
  // A pod that is being ended may still answer the first one.
  await until(async () => (await stock()).status === 200 && (await cluster.pods('inventory')).length > 0, {
    within: 90_000,
  })
  console.log(
    `a question was answered ${((Date.now() - began) / 1_000).toFixed(1)} s after the first one, by a woken handler`,
  )
}, 400_000)
