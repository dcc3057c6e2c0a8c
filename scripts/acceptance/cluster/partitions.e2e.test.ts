import pg from 'pg'
import { until } from '../../testbed/until.ts'
import { command, helm } from '../../cluster/testing/commands.ts'
import { SortParcel } from './fixtures/belts/handler.ts'
import { publish } from './testing/publish.ts'
import { recordReplicas } from './testing/replicas.ts'
import { databaseUrl, openCluster, type TestCluster } from './testing/test-cluster.ts'

const folder = 'scripts/acceptance/cluster/fixtures/belts'
const belts = Array.from({ length: 12 }, (_, index) => `belt-${index}`)
const perBelt = 40

let cluster: TestCluster

beforeAll(async () => {
  cluster = await openCluster()
  await command('npm', 'run', '--silent', 'images', '--', folder)
}, 300_000)

afterAll(async () => {
  await helm('uninstall', 'belts', '-n', cluster.namespace, '--wait')
  await command('npm', 'run', '--silent', 'remove', '--', 'belts', '--namespace', cluster.namespace)
  await cluster.close()
}, 120_000)

test('three partitions scale from zero to three replicas and no further, and keep the order of each key', async () => {
  const install = ['upgrade', '--install', 'belts', 'charts/handler', '-n', cluster.namespace]
  await helm(...install, '-f', `${folder}/handler.yaml`, '--wait', '--timeout', '3m')
  const database = new pg.Client({ connectionString: await databaseUrl(cluster, 'belts') })
  await database.connect()
  database.on('error', () => undefined)
  const asleep = async () => (await cluster.pods('belts')).length === 0
  await until(asleep, { within: 60_000 })

  const recording = recordReplicas(cluster)
  const numbers = Array.from({ length: perBelt }, (_, index) => index)
  await publish(
    cluster,
    numbers.flatMap((number) => belts.map((belt) => SortParcel({ belt, number }))),
  )
  const sorted = async () =>
    (await database.query<{ belt: string; number: number }>('select belt, number from sorted order by position')).rows
  await until(async () => (await sorted()).length === belts.length * perBelt, { within: 240_000 })
  await until(asleep, { within: 120_000 })
  const moments = await recording.stop()

  const rows = await sorted()
  for (const belt of belts) expect(rows.filter((row) => row.belt === belt).map(({ number }) => number)).toEqual(numbers)
  expect(Math.max(...moments.map(({ pods }) => pods['belts']?.ready ?? 0))).toBe(3)
  expect(Math.max(...moments.map(({ pods }) => pods['belts']?.there ?? 0))).toBe(3)
  await database.end()
}, 600_000)
