import { randomUUID } from 'node:crypto'
import { v5 as uuidv5 } from 'uuid'
import { jobOf, RelayJob } from '../fixtures/jobs.ts'
import { type HandlerProcess, metric, until } from '#testbed'
import { expectGivenUp, expectToLeave, openWorkbench, reason, type Workbench } from '../fixtures/workbench.ts'

const tiers = { '1s': 50, '5s': 50, '30s': 50, '2m': 50, '10m': 50 }

let bench: Workbench
let workbench: HandlerProcess

beforeAll(async () => {
  bench = await openWorkbench({ tiers })
  workbench = await bench.start()
  await workbench.ready
})

afterAll(async () => {
  try {
    await expectToLeave(workbench, bench)
  } finally {
    await bench.close()
  }
})

describe('anything that a handler throws fails only its own message', () => {
  test.each([
    ['null, from its call', 'call-null', 'thrown: null (throw an Error: it knows its line)'],
    ['undefined, from its call', 'call-undefined', 'thrown: undefined (throw an Error: it knows its line)'],
    ['an endless recursion, from its call', 'call-overflow', 'RangeError: Maximum call stack size exceeded'],
    ['null', 'null', 'thrown: null (throw an Error: it knows its line)'],
    ['undefined', 'undefined', 'thrown: undefined (throw an Error: it knows its line)'],
    ['an object that contains itself', 'circular', 'thrown: [object Object] (throw an Error: it knows its line)'],
    ['an error that cannot be read', 'getters', 'a value that cannot be described was thrown'],
    ['an error whose stack is a number', 'no-stack', 'Error: no stack'],
    ['an error that looks like a lost connection', 'reset', 'Error: read ECONNRESET'],
  ])('%s', async (_, mode, error) => {
    expect(await expectGivenUp(bench, { mode })).toBe(error)
  })

  test('null, in a handler without a database', async () => {
    const relay = await bench.start('relay')
    const neighbours = [await bench.send(RelayJob(jobOf().data))]
    const id = await bench.send(RelayJob(jobOf({ mode: 'relay-null' }).data))
    neighbours.push(await bench.send(RelayJob(jobOf().data)))
    const letter = await bench.letter(id)
    expect(letter.properties.headers).toMatchObject({
      'x-dead-reason': 'exhausted',
      'x-dead-error': 'thrown: null (throw an Error: it knows its line)',
    })
    for (const neighbour of neighbours) expect(await bench.handled(uuidv5('relay/0', neighbour))).toHaveLength(1)
    await expectToLeave(relay, bench)
  })

  test('a Reject is dead-lettered at once', async () => {
    expect(await expectGivenUp(bench, { mode: 'reject', text: 'never' }, 'rejected', 1)).toBe('Reject: never')
  })
})

test('an error full of control characters is one short line, in the dead letter and in the log', async () => {
  const text = `\r\n\u001b[31mred\u001b[0m \u2028 \u202e \u0085 ${'x'.repeat(90_000)}`
  const error = await expectGivenUp(bench, { mode: 'error', text })
  expect(error.length).toBeLessThanOrEqual(512)
  expect(error).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028-\u202e]/)
  for (const line of workbench.lines.filter((line) => line.includes('"level"'))) {
    expect(line.length).toBeLessThan(3_000)
    JSON.parse(line)
  }
})

test('a failed statement is named with its place in the source, and without its values, in the dead letter and in the log', async () => {
  const error = await expectGivenUp(bench, { mode: 'wrong-row', text: 'Ada, 12 Analytical Road' })
  expect(error).toMatch(
    /^error: .* violates .* \(statement: insert into effects \(message_id, text\) values \(\$1, \$2\)\)$/,
  )
  const letter = bench.letters.find(({ properties }) => properties.headers?.['x-dead-error'] === error)!
  const place = /fixtures\/workbench\/applies\.ts:\d+:\d+/
  expect(letter.properties.headers?.['x-dead-stack']).toMatch(place)

  const lines = workbench.lines.filter((line) => line.includes(String(letter.properties.messageId)))
  expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual([
    'put off',
    'put off',
    'to the dead letters',
  ])
  for (const line of lines) {
    expect(JSON.parse(line)).toMatchObject({ reason: error, stack: expect.stringMatching(place) })
    expect(line).not.toContain('Analytical')
  }
  expect(JSON.stringify(letter.properties)).not.toContain('Analytical')
})

describe('a handler that never finishes', () => {
  test.each([
    ['its call', 'call-never', /TimedOut: .*the call took longer than 1000 ms/],
    ['its transaction', 'never', /TimedOut: .*apply took longer than 1000 ms/],
    ['its statement', 'sleep', /TimedOut: .*apply took longer than 1000 ms/],
  ])('%s is ended at its timeout and gets as many attempts as any other failure', async (_, mode, error) => {
    expect(await expectGivenUp(bench, { mode })).toMatch(error)
  })

  test('messages that time out repeatedly pause the handler, but the others are still handled', async () => {
    const never = await Promise.all([1, 2].map(() => bench.send(jobOf({ mode: 'call-never' }))))
    await until(async () => (await metric(workbench, 'warren_paused{dependency="timeout"}')) === 1, { within: 30_000 })
    const others = await Promise.all(Array.from({ length: 5 }, () => bench.send(jobOf())))
    for (const id of others) expect(await bench.handled(id, 45_000)).toHaveLength(1)
    for (const id of never) expect(reason(await bench.letter(id))).toBe('exhausted')
  })
})

describe('limits on the messages that one message may lead to', () => {
  test('101 messages are rejected, 100 are not', async () => {
    expect(await expectGivenUp(bench, { mode: 'many', amount: 101 }, 'rejected', 1)).toContain(
      '100 others at most (got 101)',
    )
    const id = await bench.send(jobOf({ mode: 'many', amount: 100 }))
    const led = () => bench.told.filter(({ properties }) => properties.headers?.['x-causation-id'] === id)
    await until(() => led().length === 100)
    expect(new Set(led().map(({ properties }) => properties.messageId as string)).size).toBe(100)
  })

  test('a message that is too large is rejected', async () => {
    expect(await expectGivenUp(bench, { mode: 'large', amount: 300_000 }, 'rejected', 1)).toContain(
      '262144 bytes at most',
    )
  })
})

test('a message that arrives too early waits for the one before it, with its attempts unspent', async () => {
  const first = randomUUID()
  const second = await bench.send(jobOf({ mode: 'after', text: first }))
  await until(() => workbench.lines.some((line) => line.includes(second) && line.includes('put off')))
  await bench.send(jobOf({ job: first }))
  expect(await bench.handled(second)).toMatchObject([{ attempt: 1 }])
})
