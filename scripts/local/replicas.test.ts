import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { until } from '../testbed/until.ts'
import { watchLiveness } from './liveness.ts'
import type { Program } from './replica.ts'
import { createReplicas, type Replicas } from './replicas.ts'
import { runningProcesses } from './running.ts'

/** A process that behaves as a handler does: it reports that it is ready, responds to `/live`, and exits on SIGTERM. */
const wellBehaved = `
  const server = require('node:http').createServer((request, response) => response.end('{}'))
  server.listen(0, '127.0.0.1', () => process.send({ ready: true, metricsPort: server.address().port }))
  const leave = () => process.exit(0)
  process.on('SIGTERM', leave)
  process.on('disconnect', leave)
`
const neverReady = `process.exit(3)`
const misconfigured = `process.stderr.write('DATABASE_URL is missing\\n'); process.exit(78)`
const deafToSigterm = wellBehaved.replace("process.on('SIGTERM', leave)", "process.on('SIGTERM', () => {})")
const slowToLeave = wellBehaved.replace(
  'const leave = () => process.exit(0)',
  'const leave = () => setTimeout(process.exit, 200, 0)',
)
const endlessLoop = `${wellBehaved} process.on('SIGUSR2', () => { for (;;); })`

let folder: string
let sentences: string[]
let opened: Replicas[]
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'warren-replicas-'))
  sentences = []
  opened = []
})
afterEach(async () => {
  for (const replicas of opened) replicas.kill()
  await until(() => opened.every((replicas) => replicas.all().length === 0))
  rmSync(folder, { recursive: true })
})

let programs = 0
function program(source: string): Program {
  const file = join(folder, `program-${++programs}.cjs`)
  writeFileSync(file, source)
  return { handler: 'payments', file, env: {}, logFile: join(folder, 'payments.log') }
}

function replicasOf(source: string, { grace = 5_000, alone = false } = {}) {
  const running = runningProcesses(join(folder, 'running'))
  const report = (sentence: string) => void sentences.push(sentence)
  const replicas = createReplicas(program(source), { grace, alone, running, report })
  opened.push(replicas)
  return replicas
}

const pids = (replicas: Replicas) => replicas.all().map(({ pid }) => pid)

test('exactly the requested number of processes runs, down to zero', async () => {
  const replicas = replicasOf(wellBehaved)
  replicas.scaleTo(3)
  await until(() => replicas.ready() === 3)

  const [first] = pids(replicas)
  replicas.scaleTo(1)
  await until(() => replicas.all().length === 1)
  expect(pids(replicas)).toEqual([first])

  replicas.scaleTo(0)
  await until(() => replicas.all().length === 0)
  expect(sentences).toEqual([])
})

test('a killed process is replaced immediately', async () => {
  const replicas = replicasOf(wellBehaved)
  replicas.scaleTo(1)
  await until(() => replicas.ready() === 1)
  const [killed = 0] = pids(replicas)
  process.kill(killed, 'SIGKILL')

  await until(() => replicas.ready() === 1 && !pids(replicas).includes(killed), { within: 900 })
  expect(sentences).toEqual([`payments: process ${killed} was ended by SIGKILL; the next one starts now.`])
})

test('a process that ends before it is ready is replaced after a delay that doubles', async () => {
  const replicas = replicasOf(neverReady)
  replicas.scaleTo(2)
  await until(() => sentences.length === 2)

  expect(sentences[0]).toMatch(/ended with exit code 3, .*payments\.log explains why; the next one starts in 1 s\.$/)
  expect(sentences[1]).toMatch(/in 2 s\.$/)
  expect(replicas.all()).toEqual([])
})

test('an invalid configuration is reported with the message of the process', async () => {
  replicasOf(misconfigured).scaleTo(1)
  await until(() => sentences.length === 1)
  expect(sentences[0]).toMatch(/refused its configuration: DATABASE_URL is missing; the next one starts in 1 s\.$/)
})

test('a process whose login was refused is reported with its message, and is not replaced immediately, though it was ready', async () => {
  const refusedAfterAWhile = `
    process.send({ ready: true })
    setTimeout(() => { process.stderr.write('the broker has refused the login\\n'); process.exit(77) }, 50)
  `
  replicasOf(refusedAfterAWhile).scaleTo(1)
  await until(() => sentences.length === 1)
  expect(sentences[0]).toMatch(
    /process \d+ could not log in: the broker has refused the login; the next one starts in 1 s\.$/,
  )
})

test('a process that does not exit within the grace period is killed', async () => {
  const replicas = replicasOf(deafToSigterm, { grace: 100 })
  replicas.scaleTo(1)
  await until(() => replicas.ready() === 1)
  await replicas.stop()
  expect(replicas.all()).toEqual([])
})

test('the number of ready processes never drops while a new build replaces the old one', async () => {
  const replicas = replicasOf(wellBehaved)
  replicas.scaleTo(2)
  await until(() => replicas.ready() === 2)
  const old = pids(replicas)

  let fewest = Infinity
  const looking = setInterval(() => (fewest = Math.min(fewest, replicas.ready())), 1)
  await replicas.renew(program(wellBehaved)).finally(() => clearInterval(looking))
  await until(() => replicas.all().length === 2)

  expect(fewest).toBe(2)
  expect(pids(replicas).filter((pid) => old.includes(pid))).toEqual([])
})

test('the old build keeps running if the new one does not start', async () => {
  const replicas = replicasOf(wellBehaved)
  replicas.scaleTo(1)
  await until(() => replicas.ready() === 1)
  const old = pids(replicas)
  await replicas.renew(program(neverReady))

  expect(pids(replicas)).toEqual(old)
  expect(sentences.at(-1)).toMatch(/the new build does not become ready, .* the old one keeps running\.$/)
})

test('a process with a fixed port exits before its successor starts, however often it is scaled meanwhile', async () => {
  const replicas = replicasOf(slowToLeave, { alone: true })
  replicas.scaleTo(1)
  await until(() => replicas.ready() === 1)
  const [old] = replicas.all()
  let together = 0
  const looking = setInterval(() => {
    replicas.scaleTo(1)
    together = Math.max(together, replicas.all().length)
  }, 1)
  await replicas.renew(program(wellBehaved))
  await until(() => replicas.ready() === 1).finally(() => clearInterval(looking))

  expect(together).toBe(1)
  expect(replicas.all()).not.toContain(old)
})

test('a process in an infinite loop is killed and replaced; one that responds is left alone', async () => {
  const replicas = replicasOf(endlessLoop)
  replicas.scaleTo(2)
  await until(() => replicas.ready() === 2)
  const [stuck = 0, well] = pids(replicas)
  const probe = { period: 200, timeout: 150, failureThreshold: 3 }
  const stop = watchLiveness(replicas.all, (sentence) => sentences.push(sentence), probe)
  process.kill(stuck, 'SIGUSR2')

  await until(() => replicas.ready() === 2 && !pids(replicas).includes(stuck)).finally(stop)
  expect(pids(replicas)).toContain(well)
  expect(sentences).toEqual([
    `payments: process ${stuck} has not responded to /live for 0.6 s and is killed.`,
    `payments: process ${stuck} was ended by SIGKILL; the next one starts now.`,
  ])
})
