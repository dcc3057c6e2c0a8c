import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { until } from '../../testbed/until.ts'
import { readQueues } from '../../inspect/queues.ts'
import { managementOf } from '../../inspect/system.ts'
import { PlanReminder, WaitForAnswer } from './fixtures/reminders/handler.ts'
import { command, helm, objects } from '../../cluster/testing/commands.ts'
import { publish } from './testing/publish.ts'
import { databaseUrl, openCluster, type TestCluster } from './testing/test-cluster.ts'

const folder = 'scripts/acceptance/cluster/fixtures/reminders'

let cluster: TestCluster

beforeAll(async () => {
  cluster = await openCluster()
  await command('npm', 'run', '--silent', 'images', '--', folder)
}, 300_000)

afterAll(() => cluster?.close())

test("one folder and one helm command make a new handler, which its delayed message, its saga's deadline and its schedule wake from zero replicas", async () => {
  const install = ['upgrade', '--install', 'reminders', 'charts/handler', '-n', cluster.namespace]
  await helm(...install, '-f', `${folder}/handler.yaml`, '--wait', '--timeout', '3m')
  const database = new pg.Client({ connectionString: await databaseUrl(cluster, 'reminders') })
  await database.connect()
  // A pause of the port-forward must not end the test with an error of its own.
  database.on('error', () => undefined)
  const keys = [`delayed-${randomUUID()}`, `unanswered-${randomUUID()}`] as const
  const fired = async () =>
    (await database.query<{ key: string }>('select key from fired where key = any($1) order by key', [keys])).rows
  const waiting = async () =>
    (await database.query(`select from timers where message::json->>'type' not like 'on\\_schedule.%'`)).rowCount
  const runs = async () =>
    (await database.query<{ key: string }>(`select key from fired where key like 'scheduled %' order by key`)).rows.map(
      ({ key }) => Date.parse(key.replace('scheduled ', '')),
    )
  const asleep = async () => (await cluster.pods('reminders')).length === 0

  await publish(cluster, [PlanReminder({ key: keys[0], seconds: 90 }), WaitForAnswer({ key: keys[1] })])
  await until(async () => (await waiting()) === 2, { within: 60_000 })
  await until(asleep, { within: 60_000 })
  // Every timer that fires from here on has woken its handler.
  expect(await fired()).toEqual([])

  await until(async () => (await fired()).length === 2, { within: 150_000 })
  expect((await fired()).map(({ key }) => key)).toEqual(keys)

  await until(asleep, { within: 60_000 })
  const before = await runs()
  await until(async () => (await runs()).length > before.length, { within: 200_000 })
  const at = await runs()
  // Every second minute, once each, from the first to the last.
  expect(at).toEqual(at.map((_, index) => at[0]! + index * 120_000))
  await until(asleep, { within: 60_000 })
  await database.end()
}, 600_000)

test('a removed handler leaves neither queue nor binding', async () => {
  await helm('uninstall', 'reminders', '-n', cluster.namespace, '--wait')
  const kept = 'queues.rabbitmq.com,bindings.rabbitmq.com,policies.rabbitmq.com'
  const label = 'app.kubernetes.io/instance=reminders'
  expect((await objects(cluster.namespace, kept, '-l', label)).length).toBeGreaterThan(5)
  await command('npm', 'run', '--silent', 'remove', '--', 'reminders', '--namespace', cluster.namespace)
  expect(await objects(cluster.namespace, kept, '-l', label)).toEqual([])
  const queues = await readQueues(managementOf(cluster.shop))
  expect([...queues.keys()].filter((name) => name.startsWith('reminders'))).toEqual([])
}, 120_000)
