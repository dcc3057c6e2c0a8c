import { until } from '../../testbed/until.ts'
import { underLoad } from '../under-load.ts'
import { command, helm, kubectl, object } from '../../cluster/testing/commands.ts'
import { killOnNode } from './testing/node.ts'
import { handlerOf, isReady, openCluster, type TestCluster } from './testing/test-cluster.ts'

let cluster: TestCluster

beforeAll(async () => {
  cluster = await openCluster()
}, 120_000)

afterAll(() => cluster?.close())

test('a pod is killed every 5 s under load, through the API or on its node: every order ends correctly in every book', async () => {
  const load = underLoad(cluster, { orders: 600, rate: 10 })
  const killed: string[] = []
  const start = Date.now()
  for (let turn = 1; turn <= 12; turn++) {
    await until(() => Date.now() - start >= turn * 5_000, { within: 60_000 })
    // The gateway and the bank have a replica always; the others while they are awake.
    const victims = (await cluster.pods()).filter(isReady)
    const victim = victims[(turn * 7) % victims.length]!
    const name = victim.metadata?.name ?? ''
    const uid = victim.metadata?.uid ?? ''
    if (turn % 2 === 0)
      await kubectl('delete', 'pod', name, '-n', cluster.namespace, '--force', '--grace-period=0', '--wait=false')
    else await killOnNode(uid)
    killed.push(`${handlerOf(victim)} ${turn % 2 === 0 ? 'deleted' : 'killed'}`)
  }
  await load.expectLedgerHolds()
  console.log(`of ${load.accepted} orders none was lost or doubled; ${killed.join(', ')}`)
  expect(killed).toHaveLength(12)
}, 400_000)

test('the broker is deleted under load: work resumes by itself when it is back, and nothing is lost', async () => {
  const load = underLoad(cluster, { orders: 300, rate: 10 })
  await until(() => load.accepted > 100, { within: 60_000 })
  const broker = () => object(cluster.namespace, 'pod', 'rabbit-server-0')
  const { metadata: before } = await broker()
  await kubectl('delete', 'pod', 'rabbit-server-0', '-n', cluster.namespace)
  await until(
    async () => {
      const now = await broker()
      return now.metadata.uid !== before.uid && isReady(now)
    },
    { within: 120_000 },
  )
  await load.expectLedgerHolds()
}, 400_000)

test('a new version of a handler that is rolled out under load loses and doubles nothing', async () => {
  await command('npm', 'run', '--silent', 'images', '--', 'payments', '--tag', 'next')
  const load = underLoad(cluster, { orders: 400, rate: 20 })
  await until(() => load.accepted > 100, { within: 60_000 })
  const chart = ['upgrade', 'payments', 'charts/handler', '-n', cluster.namespace]
  await helm(...chart, '-f', 'handlers/payments/handler.yaml', '--set', 'image.tag=next', '--wait', '--timeout', '3m')
  await load.expectLedgerHolds()
  const images = (await cluster.pods('payments')).map(({ spec }) => spec?.containers[0]?.image ?? '')
  expect(images.length).toBeGreaterThan(0)
  expect(images.filter((image) => !image.endsWith('payments:next'))).toEqual([])
}, 400_000)
