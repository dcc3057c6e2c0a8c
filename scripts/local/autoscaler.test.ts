import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { until } from '../testbed/until.ts'
import { startAutoscaler } from './autoscaler.ts'
import type { Display } from '../cli/display.ts'
import type { Replicas } from './replicas.ts'
import type { Row } from './table.ts'

const rules = () => ({ min: 0, max: 10, backlog: 20, cooldown: 60_000 })

let queues: { name: string; messages_ready: number; messages_unacknowledged: number }[] | undefined
let server: Server
let stop: () => Promise<void>
let shown: (readonly Row[])[]
let notes: NonNullable<Parameters<Display<Row>['show']>[1]>[]
let said: string[]
let status: number
let logFile: string
beforeEach(async () => {
  shown = []
  notes = []
  said = []
  status = 503
  logFile = join(mkdtempSync(join(tmpdir(), 'warren-')), 'payments.log')
  server = createServer((_request, response) =>
    queues ? response.end(JSON.stringify(queues)) : response.writeHead(status).end(),
  )
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
})
afterEach(async () => {
  await stop()
  rmSync(dirname(logFile), { recursive: true })
  await new Promise((closed) => {
    server.close(closed)
    server.closeAllConnections()
  })
})

function autoscale(dueTimers: number | undefined) {
  const wanted: number[] = []
  const replicas: Pick<Replicas, 'all' | 'ready' | 'scaleTo'> = {
    all: () => [],
    ready: () => 0,
    scaleTo: (count) => void wanted.push(count),
  }
  const display: Display<Row> = {
    show(rows, about) {
      shown.push(rows)
      notes.push(about ?? {})
    },
    say: (sentence) => void said.push(sentence),
    end: () => {},
  }
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  stop = startAutoscaler(
    [
      {
        name: 'payments',
        replicas: replicas as Replicas,
        work: () => ['payments'],
        questions: () => [],
        rules,
        logFile,
      },
    ],
    {
      management: { url, user: 'monitor', password: '', vhost: 'warren' },
      timers: { read: async () => (dueTimers === undefined ? undefined : { due: dueTimers, pending: 4 }) },
    },
    display,
  )
  return wanted
}

test('the totals that the broker reports are shown and decide the number of replicas', async () => {
  queues = [
    { name: 'payments', messages_ready: 3, messages_unacknowledged: 2 },
    { name: 'payments.dead', messages_ready: 1, messages_unacknowledged: 0 },
  ]
  const wanted = autoscale(0)
  await until(() => shown.length > 0)

  expect(wanted).toEqual([1])
  expect(shown[0]).toEqual([
    expect.objectContaining({ handler: 'payments', queued: 3, inFlight: 2, dead: 1, replicas: 1, ready: 0 }),
  ])
})

test('a due timer starts a handler whose queue is empty', async () => {
  queues = [{ name: 'payments', messages_ready: 0, messages_unacknowledged: 0 }]
  const wanted = autoscale(1)
  await until(() => wanted.length > 0)
  expect(wanted).toEqual([1])
})

test('a broker that does not respond starts and stops nothing, and its totals are shown as unknown', async () => {
  queues = undefined
  const wanted = autoscale(0)
  await until(() => shown.length > 0)

  expect(wanted).toEqual([0])
  expect(shown[0]).toEqual([expect.objectContaining({ queued: undefined, inFlight: undefined, dead: undefined })])
})

test('pending timers, and what waits in the wait queues of all handlers, are shown', async () => {
  queues = [
    { name: 'wait.5s', messages_ready: 3, messages_unacknowledged: 0 },
    { name: 'wait.10m', messages_ready: 12, messages_unacknowledged: 0 },
  ]
  autoscale(0)
  await until(() => shown.length > 0)
  expect(shown[0]).toEqual([expect.objectContaining({ timers: 4, retrying: 0, since: expect.any(Date) })])
  expect(notes[0]?.below).toEqual([
    expect.stringMatching(/^retries since \d\d:\d\d; wait queues of all handlers: 5s: 3, 10m: 12$/),
  ])
})

test('the last error of a handler is shown until the next one', async () => {
  queues = []
  const entry = (level: number, fields: object) =>
    appendFileSync(logFile, `${JSON.stringify({ level, time: '2026-01-02T03:04:05.000Z', ...fields })}\n`)
  entry(40, { reason: 'Error: no paper', msg: 'put off' })
  entry(30, { msg: 'listening' })
  autoscale(0)
  await until(() => shown.length > 1)
  const lastErrors = () => shown.map(([first]) => first?.lastError?.text)
  expect(lastErrors()).toEqual(lastErrors().fill('Error: no paper'))

  entry(50, { err: { type: 'TypeError', message: 'x is not\na function' }, msg: 'request failed' })
  await until(() => lastErrors().at(-1) === 'TypeError: x is not a function')
})

test('a password that the management API refuses is explained in a sentence, said once and shown until it is accepted', async () => {
  queues = undefined
  status = 401
  autoscale(0)
  await until(() => shown.length > 1)
  const sentence =
    /^RabbitMQ's management API at http:\S+ refuses the password of its user monitor \(401\), so the counts of its queues are unknown\. Start again to set it anew\.$/
  expect(notes.map(({ above }) => above)).toEqual(notes.map(() => [expect.stringMatching(sentence)]))
  expect(said).toEqual([expect.stringMatching(sentence)])

  queues = []
  await until(() => notes.at(-1)?.above?.length === 0)
})

test('a stopped autoscaler makes no more decisions', async () => {
  queues = []
  const wanted = autoscale(0)
  await until(() => wanted.length > 0)
  await stop()
  const decided = wanted.length
  await stop()
  expect(wanted.length).toBe(decided)
})
