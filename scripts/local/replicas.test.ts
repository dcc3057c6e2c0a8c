import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePorts } from '../servers/ports.ts'
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
function program(source: string, env: Record<string, string> = {}): Program {
  const file = join(folder, `program-${++programs}.cjs`)
  writeFileSync(file, source)
  return { handler: 'payments', file, env, logFile: join(folder, 'payments.log') }
}

function replicasOf(first: string | Program, { grace = 5_000, alone = false } = {}) {
  const running = runningProcesses(join(folder, 'running'))
  const report = (sentence: string) => void sentences.push(sentence)
  const replicas = createReplicas(typeof first === 'string' ? program(first) : first, { grace, alone, running, report })
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

test('a process that ends before it is ready is reported with its error', async () => {
  replicasOf(`throw new TypeError('order.placed: a message type has a version')`).scaleTo(1)
  await until(() => sentences.length === 1)
  expect(sentences[0]).toMatch(
    /ended with exit code 1 \(TypeError: order\.placed: a message type has a version\), .*payments\.log explains why/,
  )
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

/** As a handler that answers HTTP: only one process can listen on its port. */
const listening = `
  const fixed = require('node:http').createServer()
  fixed.listen(process.env.HTTP_PORT, '127.0.0.1', () => process.send({ ready: true }))
  process.on('SIGTERM', () => setTimeout(process.exit, 200, 0))
  process.on('disconnect', () => process.exit(0))
`

/** One process that listens on a fixed port, and how others are made for that port. */
async function runOnPort() {
  const [port] = await freePorts(1)
  const onPort = (source: string) => program(source, { HTTP_PORT: String(port) })
  const replicas = replicasOf(onPort(listening), { alone: true })
  replicas.scaleTo(1)
  await until(() => replicas.ready() === 1)
  const [old] = replicas.all()
  return { port, onPort, replicas, old }
}

test('a process with a fixed port exits before its successor starts, however often it is scaled meanwhile', async () => {
  const { port, onPort, replicas, old } = await runOnPort()
  const looking = setInterval(() => replicas.scaleTo(1), 1)
  await replicas.renew(onPort(listening))
  await until(() => replicas.ready() === 1).finally(() => clearInterval(looking))

  expect(replicas.all()).toHaveLength(1)
  expect(replicas.all()).not.toContain(old)
  expect(replicas.all()[0]?.program.env['HTTP_PORT']).toBe(String(port))
  expect(sentences).toEqual([])
})

test('a process with a fixed port keeps running if the new build does not start, and the error is reported', async () => {
  const { onPort, replicas, old } = await runOnPort()
  await replicas.renew(onPort(`throw new TypeError('order.placed: a message type has a version')`))

  expect(replicas.all()).toEqual([old])
  expect(sentences).toEqual([
    expect.stringMatching(
      /^payments: the new build does not become ready \(TypeError: order\.placed: a message type has a version\), .*payments\.log explains why; the old one keeps running\.$/,
    ),
  ])
  old?.kill()
  await until(() => replicas.ready() === 1)
  expect(replicas.all()[0]?.program).toBe(old?.program)
})

test('a stop during a trial of a new build leaves no process', async () => {
  const replicas = replicasOf(listening, { alone: true })
  replicas.scaleTo(1)
  await until(() => replicas.ready() === 1)
  const renewed = replicas.renew(program('setInterval(() => {}, 1_000)'))
  await until(() => replicas.all().length === 2)
  await replicas.stop()
  await renewed
  expect(replicas.all()).toEqual([])
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
