import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePorts } from '../servers/ports.ts'
import { alive, type Identity } from '../servers/processes.ts'
import { wholeShop } from '../shop/shop.ts'
import { answers, npmStart, ready, serversOf, traces, type Started } from '../testbed/npm-start.ts'
import { until } from '../testbed/until.ts'
import { patiently } from './at-rest.ts'
import { underLoad } from './under-load.ts'

let folder: string
let start: Started
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'warren-supervised-'))
  // When started by root, PostgreSQL runs as another account, which must be able to enter the folder.
  chmodSync(folder, 0o755)
})
afterAll(async () => {
  if (start?.child.exitCode === null) start.child.kill('SIGINT')
  await start?.exited
  rmSync(folder, { recursive: true, force: true })
}, 60_000)

/** Kills a private server and returns when `npm start` has said both that it was killed and that it runs again. */
async function killAndWait(server: 'broker' | 'database'): Promise<void> {
  const name = { broker: 'RabbitMQ', database: 'PostgreSQL' }[server]
  const times = (sentence: string) => start.said().split(`${name} ${sentence}`).length - 1
  const before = { killed: times('was ended by SIGKILL'), back: times('runs again') }
  const { pid }: Identity = serversOf(start)[server]
  process.kill(pid, 'SIGKILL')
  await until(() => times('was ended by SIGKILL') === before.killed + 1, patiently)
  await until(() => times('runs again') === before.back + 1, patiently)
  expect(serversOf(start)[server].pid).not.toBe(pid)
}

/** The end of the log of every process. */
function lastLines({ data }: Started): string {
  const logs = join(data, 'logs')
  const endOf = (name: string) => readFileSync(join(logs, name), 'utf8').split('\n').slice(-40).join('\n')
  return readdirSync(logs)
    .map((name) => `${name}\n${endOf(name)}`)
    .join('\n')
}

test('npm start starts its broker and its database again when they are killed under load, twice each, every order ends correctly, and Ctrl-C leaves nothing', async () => {
  const [port] = await freePorts(1)
  start = npmStart(join(folder, 'data'), { PORT: String(port) })
  const system = await ready(start)
  const load = underLoad({ shop: wholeShop(system) }, { orders: 300, rate: 10 })

  await until(() => load.accepted >= 30, patiently)
  await killAndWait('broker')
  await until(() => load.accepted >= 90, patiently)
  await killAndWait('database')
  await until(() => load.accepted >= 150, patiently)
  await Promise.all([killAndWait('broker'), killAndWait('database')])
  await load.expectLedgerHolds().catch((error: unknown) => {
    // The folder is gone after the test, and with it what its processes have written of the reason.
    throw new Error(`${(error as Error).message}\n\n${lastLines(start)}`, { cause: error })
  })

  const { processes, ports } = traces(start, system)
  start.child.kill('SIGINT')
  expect(await start.exited).toBe(0)
  expect(processes.filter(alive)).toEqual([])
  expect(await Promise.all(ports.map(answers))).not.toContain(true)
  expect(readdirSync(join(start.data, 'running'))).toEqual([])
}, 300_000)
