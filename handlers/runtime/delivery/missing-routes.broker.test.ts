import { randomUUID } from 'node:crypto'
import type { ConfirmChannel } from 'amqplib'
import { v5 as uuidv5 } from 'uuid'
import { jobOf } from '../fixtures/jobs.ts'
import { type HandlerProcess, metric, probe, until } from '#testbed'
import { expectToLeave, openWorkbench, type Workbench } from '../fixtures/workbench.ts'

let bench: Workbench
let admin: ConfirmChannel

beforeAll(async () => {
  bench = await openWorkbench({ tiers: { '1s': 200 } })
  admin = await bench.world.channel(bench.world.broker.admin.user)
})

afterEach(() => bench.end())

afterAll(() => bench.close())

const quorum = { durable: true, arguments: { 'x-queue-type': 'quorum' } }

async function declareWorkbench() {
  await admin.assertQueue('workbench', quorum)
  await admin.bindQueue('workbench', 'commands', 'job.do.v1.#')
  await admin.bindQueue('workbench', 'due', '*.workbench')
}

const isReady = async (process: HandlerProcess) => (await probe(process, 'ready')).status
const losses = ({ lines }: HandlerProcess) => lines.filter((line) => line.includes('"level":40')).length

test('a command without a handler raises an alarm, is not lost, and goes through once a handler exists', async () => {
  const workbench = await bench.startWarm()
  const id = await bench.send(jobOf({ mode: 'pass-on' }))
  await until(async () => (await metric(workbench, 'warren_returned_total{exchange="commands"}')) >= 2)
  expect(await bench.effects(id)).toHaveLength(1)
  expect(workbench.lines.some((line) => line.includes('no queue wants this message'))).toBe(true)
  // It does not hold up other messages.
  expect(await bench.handled(await bench.send(jobOf()))).toHaveLength(1)

  // The delivery is not acknowledged: its redelivery publishes the command again, in another process too.
  await workbench.kill('SIGKILL')
  await until(async () => (await bench.world.depth('workbench')) === 1)
  const next = await bench.start()
  await until(async () => (await metric(next, 'warren_returned_total{exchange="commands"}')) >= 1)

  await admin.assertQueue('later', quorum)
  await admin.bindQueue('later', 'commands', 'job.pass_on.v1.#')
  const command = await until(() => admin.get('later', { noAck: true }), { within: 30_000 })
  expect(command.properties.messageId).toBe(uuidv5('workbench/0', id))
  await expectToLeave(next, bench)
  expect(await bench.effects(id)).toHaveLength(1)
  expect((await admin.deleteQueue('later')).messageCount).toBe(0)
}, 90_000)

test('a handler that receives SIGTERM while its command is being returned exits and keeps the message', async () => {
  const workbench = await bench.start()
  await bench.send(jobOf({ mode: 'pass-on' }))
  await until(async () => (await metric(workbench, 'warren_returned_total{exchange="commands"}')) >= 1)
  expect(await workbench.kill()).toEqual({ code: 0, signal: null })
  expect(await bench.world.depth('workbench')).toBe(1)
  await admin.purgeQueue('workbench')
}, 30_000)

describe('a missing queue', () => {
  test('at start: the handler is live but not ready, retries with back-off, exits on SIGTERM, and starts once the queue exists', async () => {
    await admin.deleteQueue('workbench')
    const [waits, leaves] = [await bench.start(), await bench.start()]
    for (const process of [waits, leaves]) {
      await until(() => losses(process) >= 3)
      expect(await isReady(process)).toBe(503)
      expect((await probe(process, 'live')).status).toBe(200)
    }
    expect(await leaves.kill()).toEqual({ code: 0, signal: null })

    // Pauses double up to 10 s: seconds, not milliseconds, pass between the third and the sixth try.
    const started = Date.now()
    await declareWorkbench()
    await waits.ready
    expect(losses(waits)).toBeLessThan(10 + (Date.now() - started) / 100)
    expect(await isReady(waits)).toBe(200)
    expect(await bench.handled(await bench.send(jobOf()))).toHaveLength(1)
    await expectToLeave(waits, bench)
  }, 60_000)

  test('deleted while it is consumed: the handler is not ready, and consumes again once the queue is back', async () => {
    const workbench = await bench.start()
    expect(await bench.handled(await bench.send(jobOf()))).toHaveLength(1)
    await admin.deleteQueue('workbench')
    await until(async () => (await isReady(workbench)) === 503)
    await declareWorkbench()
    expect(await bench.handled(await bench.send(jobOf()))).toHaveLength(1)
    expect(await isReady(workbench)).toBe(200)
    await expectToLeave(workbench, bench)
  }, 60_000)
})

test('messages for a missing exchange are kept until it exists, and none is lost', async () => {
  const workbench = await bench.start()
  await admin.deleteExchange('events')
  const id = await bench.send(jobOf())
  expect(await bench.handled(id)).toHaveLength(1)
  await until(async () => {
    const answer = await probe(workbench, 'ready')
    expect([answer.status, await answer.json()]).toEqual([
      503,
      { ready: false, blocked: ['job.done.v1 to events: missing'] },
    ])
    return true
  })

  await admin.assertExchange('events', 'topic')
  await admin.bindQueue('told', 'events', 'job.done.v1.#')
  const told = () => bench.told.filter(({ properties }) => properties.headers?.['x-causation-id'] === id)
  await until(() => told().length > 0, { within: 30_000 })
  await expectToLeave(workbench, bench)
  expect(new Set(told().map(({ properties }) => properties.messageId as string)).size).toBe(1)
}, 60_000)

test('100 retries of a missing handler delay no other handler', async () => {
  const absent = Array.from({ length: 100 }, () =>
    bench.publish('{}', { exchange: 'delay', key: '1s.absent', mandatory: true }),
  )
  await Promise.all(absent)
  const workbench = await bench.start()
  const first = randomUUID()
  const retried = await bench.send(jobOf({ mode: 'after', text: first }))
  await until(() => workbench.lines.some((line) => line.includes(retried) && line.includes('put off')))
  await bench.send(jobOf({ job: first }))
  expect(await bench.handled(retried, 5_000)).toHaveLength(1)
  await until(async () => (await bench.world.depth('unrouted')) >= 100)
  await expectToLeave(workbench, bench)
})
