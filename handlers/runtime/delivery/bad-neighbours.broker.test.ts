import type { ConfirmChannel } from 'amqplib'
import { metric, probe, respawn, until, type Respawned } from '#testbed'
import { jobOf } from '../fixtures/jobs.ts'
import { openWorkbench, reason, type Workbench } from '../fixtures/workbench.ts'

let bench: Workbench
let admin: ConfirmChannel
let replica: Respawned | undefined

beforeAll(async () => {
  bench = await openWorkbench({ tiers: { '1s': 200, '5s': 200, '30s': 200, '2m': 2_000, '10m': 500 } })
  admin = await bench.world.channel(bench.world.broker.admin.user)
})
afterEach(async () => {
  await replica?.stop()
  replica = undefined
  await admin.purgeQueue('workbench')
})
afterAll(() => bench?.close())

const startOne = async () => (replica = await respawn(() => bench.world.spawn('workbench')))
const bad = (mode: string) => bench.send(jobOf({ mode, text: 'bad' }))

describe('a bad message ahead of good ones, on a process that has just started', () => {
  test.each([
    ['its dependency is unavailable', () => bad('call-unavailable')],
    ['its dependency is unavailable in its transaction', () => bad('unavailable')],
    ['its call never ends', () => bad('call-never')],
    ['its apply never ends', () => bad('never')],
    ['its call throws null', () => bad('call-null')],
    ['its apply throws', () => bad('error')],
    ['it is rejected', () => bad('reject')],
    ['its call ends the process', () => bad('call-exit')],
    ['its apply ends the process', () => bad('exit')],
    ['its call overflows the stack', () => bad('call-overflow')],
    ['its statement is wrong', () => bad('wrong-statement')],
    ['it leads to a command that no queue is bound for', () => bad('pass-on')],
    ['it leads to an undeclared message', () => bad('undeclared')],
    ['it leads to a message that is too large', () => bench.send(jobOf({ mode: 'large', amount: 1_000_000 }))],
    ['its body is not JSON', () => bench.publish('{')],
    ['it breaks the schema', () => bench.publish('{"bad":true}')],
    [
      'it carries a header that cannot be encoded again',
      () => bench.publish('{"bad":true}', { headers: { 'x-published-at': { '!': 'double', value: -1e300 } } }),
    ],
  ])(
    '%s: the good ones are handled within twenty seconds',
    async (_, publishBad) => {
      await publishBad()
      const goods = [] as string[]
      for (let count = 0; count < 6; count++) goods.push(await bench.send(jobOf()))
      await startOne()
      for (const id of goods) expect(await bench.handled(id)).toHaveLength(1)
      await until(() => bench.told.filter(({ properties }) => goods.includes(causeOf(properties))).length >= 6)
    },
    60_000,
  )
})

test('a new process makes calls at full concurrency once its first call has lasted two seconds', async () => {
  const slow = [] as string[]
  for (let count = 0; count < 8; count++) slow.push(await bench.send(jobOf({ mode: 'call-slow' })))
  const { current } = await startOne()
  await until(() => current.lines.filter((line) => line === 'holding').length >= 8, { within: 5_000 })
  for (const id of slow) expect(await bench.handled(id)).toHaveLength(1)
}, 30_000)

test('a message that leads to an undeclared one is finally dead-lettered, with an error that names the missing line', async () => {
  const id = await bad('undeclared')
  await startOne()
  const letter = await bench.letter(id)
  expect(reason(letter)).toBe('exhausted')
  expect(letter.properties.headers?.['x-dead-error']).toContain(
    'handlers/workbench/handler.ts returned job.relay.v1, which handlers/workbench/handler.yaml does not list: add it to sends',
  )
  expect(await bench.effects(id)).toEqual([])
}, 30_000)

test('a header that cannot be re-encoded is left out of the dead letter', async () => {
  const headers = { 'x-published-at': { '!': 'double', value: -1e300 }, 'x-causation-id': 'kept' }
  const id = await bench.publish('{"bad":true}', { headers })
  await startOne()
  const letter = await bench.letter(id)
  expect(reason(letter)).toBe('malformed')
  expect(letter.properties.headers).toMatchObject({ 'x-causation-id': 'kept' })
  expect(letter.properties.headers).not.toHaveProperty('x-published-at')
}, 30_000)

describe('a message that the broker refuses after the commit', () => {
  const may = (write: string) =>
    bench.world.broker.request('PUT', `topic-permissions/${bench.world.vhost}/workbench`, {
      exchange: 'commands',
      write,
      read: '^$',
    })

  beforeEach(async () => {
    await may('^$')
    await admin.assertQueue('passed-on', { arguments: { 'x-queue-type': 'quorum' } })
    await admin.bindQueue('passed-on', 'commands', 'job.pass_on.v1.#')
  })
  afterEach(async () => {
    await may('^(job\\.pass_on\\.v1)(\\..+)?$')
    await admin.deleteQueue('passed-on')
  })

  test('shows in /ready and in the metrics, and is published once the permission is restored', async () => {
    const id = await bad('pass-on')
    const { current } = await startOne()
    expect(await bench.handled(id)).toHaveLength(1)
    await until(async () => {
      const answer = await probe(current, 'ready')
      expect([answer.status, await answer.json()]).toEqual([
        503,
        { ready: false, blocked: ['job.pass_on.v1 to commands: refused'] },
      ])
      return true
    })
    expect(await metric(current, 'warren_refused_total{exchange="commands"}')).toBeGreaterThan(0)
    expect(await metric(current, 'warren_blocked_routes{exchange="commands"}')).toBe(1)
    expect(await bench.handled(await bench.send(jobOf()))).toHaveLength(1)

    await may('.*')
    const command = await until(() => admin.get('passed-on', { noAck: true }), { within: 20_000 })
    expect(causeOf(command.properties)).toBe(id)
    await until(async () => (await probe(current, 'ready')).status === 200)
    expect(await metric(current, 'warren_blocked_routes{exchange="commands"}')).toBe(0)
    await until(async () => (await metric(current, 'warren_in_flight')) === 0)
  }, 60_000)

  test('makes room for others after a minute, and is still published once the permission is restored', async () => {
    const id = await bad('pass-on')
    const { current } = await startOne()
    expect(await bench.handled(id)).toHaveLength(1)
    await until(async () => (await metric(current, 'warren_in_flight')) === 1)
    await until(async () => (await bench.world.depth('wait.2m')) === 1, { within: 90_000 })
    await may('.*')
    const command = await until(() => admin.get('passed-on', { noAck: true }), { within: 30_000 })
    expect(causeOf(command.properties)).toBe(id)
    await until(async () => (await metric(current, 'warren_in_flight')) === 0, { within: 20_000 })
    expect(await bench.effects(id)).toHaveLength(1)
  }, 180_000)
})

function causeOf({ headers }: { headers?: Readonly<Record<string, unknown>> | undefined }): string {
  return String(headers?.['x-causation-id'])
}
