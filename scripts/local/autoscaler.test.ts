import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
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
beforeEach(async () => {
  shown = []
  server = createServer((_request, response) =>
    queues ? response.end(JSON.stringify(queues)) : response.writeHead(503).end(),
  )
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
})
afterEach(async () => {
  await stop()
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
  const display: Display<Row> = { show: (rows) => void shown.push(rows), say: () => {}, end: () => {} }
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  stop = startAutoscaler(
    [{ name: 'payments', replicas: replicas as Replicas, rules }],
    { management: { url, user: 'monitor', password: '', vhost: 'warren' }, timers: { due: async () => dueTimers } },
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

test('a stopped autoscaler makes no more decisions', async () => {
  queues = []
  const wanted = autoscale(0)
  await until(() => wanted.length > 0)
  await stop()
  const decided = wanted.length
  await stop()
  expect(wanted.length).toBe(decided)
})
