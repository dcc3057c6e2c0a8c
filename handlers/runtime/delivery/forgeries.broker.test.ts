import { randomUUID } from 'node:crypto'
import { jobOf } from '../fixtures/jobs.ts'
import { publishAnswer, type HandlerProcess, until } from '#testbed'
import { openWorkbench, reason, type Workbench } from '../fixtures/workbench.ts'

const tiers = { '1s': 50, '5s': 50, '30s': 50, '2m': 50, '10m': 50 }

let bench: Workbench
let workbench: HandlerProcess

beforeAll(async () => {
  bench = await openWorkbench({ tiers })
  workbench = await bench.start()
  await workbench.ready
})

afterAll(() => bench.close())

const deaths = [
  { queue: 'workbench', exchange: 'commands', reason: 'delivery_limit', count: 999, 'routing-keys': ['job.do.v1'] },
]

const forgeries: [string, Record<string, unknown>][] = [
  ['x-death', { 'x-death': deaths, 'x-first-death-reason': 'rejected', 'x-last-death-queue': 'workbench' }],
  ['x-delivery-count', { 'x-delivery-count': 99, 'x-acquired-count': 99 }],
  ['x-attempt 99', { 'x-attempt': 99, 'x-cause-attempts': -1 }],
  ['x-attempt -1', { 'x-attempt': -1 }],
  ['x-attempt "NaN"', { 'x-attempt': 'NaN', 'x-cause-attempts': 'NaN' }],
  ['x-crashes', { 'x-crashes': 99, 'x-deferrals': 99 }],
  ['a forged origin', { 'x-origin-user': 'workbench', 'x-origin-key': 'job.burn.v1' }],
  ['an earlier dead letter', { 'x-dead-reason': 'rejected', 'x-dead-handler': 'relay', 'x-dead-attempts': 99 }],
  ['CC and BCC', { CC: ['job.burn.v1'], BCC: ['job.burn.v1'] }],
]

test.each(forgeries)('forged headers are ignored (%s): the first attempt is still the first', async (_, headers) => {
  expect(await bench.handled(await bench.send(jobOf(), { headers }))).toMatchObject([{ attempt: 1 }])
})

test.each(forgeries)('forged headers cost a failing message no attempt (%s)', async (_, headers) => {
  const letter = await bench.letter(await bench.send(jobOf({ mode: 'error' }), { headers }))
  expect(reason(letter)).toBe('exhausted')
  expect(letter.properties.headers).toMatchObject({
    'x-dead-attempts': 3,
    'x-dead-handler': 'workbench',
    'x-attempt': 3,
    'x-crashes': 0,
    'x-deferrals': 0,
    'x-origin-user': 'admin',
    'x-origin-key': 'job.do.v1',
  })
  for (const name of ['x-death', 'x-delivery-count', 'x-acquired-count', 'CC', 'x-first-death-reason']) {
    if (name in headers) expect(letter.properties.headers?.[name]).not.toEqual(headers[name])
  }
})

test('a forged delivery count does not make a message a suspect when its handler is killed once', async () => {
  const id = await bench.send(jobOf({ mode: 'call-slow' }), { headers: { 'x-delivery-count': 99 } })
  await until(() => workbench.lines.includes('holding'))
  await workbench.kill('SIGKILL')

  const next = await bench.start()
  expect(await bench.handled(id)).toMatchObject([{ attempt: 1 }])
  for (const { lines } of [workbench, next]) expect(lines.filter((line) => line.includes(id))).toEqual([])
  workbench = next
})

test.each([
  ['the retries of another handler', 'delay', '1s.workbench'],
  ['the dead letters of another handler', 'dead', 'workbench'],
  ['the due retries', 'due', '1s.workbench'],
  ['the redriven messages', 'redrive', 'workbench'],
  ['the queue of another handler', '', 'workbench'],
])('no handler may publish into %s: 403', async (_, exchange, key) => {
  expect(await publishAnswer(bench.world, 'relay', exchange, key)).toBe(403)
})

test('no handler may publish a message that it does not declare: 403', async () => {
  expect(await publishAnswer(bench.world, 'relay', 'events', 'job.done.v1')).toBe(403)
  expect(await publishAnswer(bench.world, 'workbench', 'commands', 'job.do.v1')).toBe(403)
})

describe('a producer that cannot be trusted', () => {
  test('that publishes in the name of another user is refused: 406', async () => {
    expect(await publishAnswer(bench.world, 'relay', 'commands', 'job.do.v1', { userId: 'workbench' })).toBe(406)
  })

  test.each<[string, { userId?: undefined; type?: string; key?: string }]>([
    ['no user', { userId: undefined }],
    ['a type that contradicts its routing key', { type: 'job.do.v1', key: 'job.pass_on.v1' }],
    ['a key that only starts like the type', { type: 'job.do.v1', key: 'job.do.v11' }],
  ])('%s: dead-lettered', async (_, properties) => {
    const channel = await bench.world.channel(bench.world.broker.admin.user)
    await channel.bindQueue('workbench', 'commands', properties.key ?? 'job.do.v1')
    await channel.close()
    const id = await bench.send(jobOf(), properties)
    expect(reason(await bench.letter(id))).toBe('untrusted-producer')
    expect(await bench.effects(id)).toEqual([])
  })

  test('a genuine producer is still trusted after its message was retried', async () => {
    const first = randomUUID()
    const after = await bench.send(jobOf({ mode: 'after', text: first }))
    await until(() => workbench.lines.some((line) => line.includes(after) && line.includes('put off')))
    await bench.send(jobOf({ job: first }))
    expect(await bench.handled(after)).toMatchObject([{ attempt: 1 }])
  })
})
