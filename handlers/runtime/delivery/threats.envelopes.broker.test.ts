import { randomUUID } from 'node:crypto'
import type { Socket } from 'node:net'
import type { ChannelModel } from 'amqplib'
import { jobOf } from '../fixtures/jobs.ts'
import { type HandlerProcess, metric, until } from '#testbed'
import { expectToLeave, openWorkbench, reason, type Workbench } from '../fixtures/workbench.ts'

const tiers = { '1s': 50, '5s': 50, '30s': 50, '2m': 50, '10m': 50 }
const body = JSON.stringify(jobOf().data)

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

/** Waits for the next dead letter; the handler goes on with its neighbours meanwhile. */
async function nextLetter(publish: () => Promise<unknown>) {
  const before = bench.letters.length
  await publish()
  const neighbour = await bench.send(jobOf())
  const letter = await until(() => bench.letters[before], { within: 20_000 })
  expect(await bench.handled(neighbour)).toHaveLength(1)
  return letter
}

test.each<[string, Record<string, unknown>, string]>([
  ['no content type (M8)', { contentType: undefined }, 'malformed'],
  ['another content type (M8)', { contentType: 'text/xml' }, 'malformed'],
  ['a content type that only begins like JSON (M8)', { contentType: 'application/jsonx' }, 'malformed'],
  ['a compressed body (M7)', { contentEncoding: 'gzip' }, 'malformed'],
  ['an unknown encoding (M7)', { contentEncoding: 'br' }, 'malformed'],
  ['no id (M9)', { messageId: undefined }, 'no-id'],
  ['an empty id (M9)', { messageId: '' }, 'no-id'],
  ['an id that is no UUID (M9)', { messageId: '1; drop table inbox' }, 'no-id'],
  ['the longest id that AMQP allows (M9)', { messageId: 'a'.repeat(255) }, 'no-id'],
  [
    'an id in capitals, which PostgreSQL would take for the same (M9)',
    { messageId: 'A'.repeat(8) + '-AAAA-4AAA-8AAA-AAAAAAAAAAAA' },
    'no-id',
  ],
  ['no type (M15)', { type: undefined }, 'unknown-type'],
  ['a type that nobody here handles (M15)', { type: 'job.burn.v1', key: 'job.burn.v1' }, 'unknown-type'],
  ['a type named like what every object has (M15)', { type: 'constructor', key: 'constructor' }, 'unknown-type'],
])('%s: a dead letter with the body as it was', async (_, properties, why) => {
  const letter = await nextLetter(() => intoTheQueue(properties))
  expect(reason(letter)).toBe(why)
  expect(letter.content.toString()).toBe(body)
  const { messageId } = properties
  if ('messageId' in properties) expect(letter.properties.messageId).toBe(messageId)
})

/** Straight into the handler's queue, by a binding of the test's own where its key leads elsewhere. */
async function intoTheQueue({ key = 'job.do.v1', ...properties }: Record<string, unknown>) {
  const channel = await bench.world.channel(bench.world.broker.admin.user)
  await channel.bindQueue('workbench', 'commands', String(key))
  await channel.close()
  return bench.publish(body, { key, ...properties })
}

describe('the version of another time (M15)', () => {
  test('a version that is not known yet is put off, and in the end dead as unsupported, its attempts unspent', async () => {
    const letter = await nextLetter(() => intoTheQueue({ key: 'job.do.v2', type: 'job.do.v2' }))
    expect(reason(letter)).toBe('unsupported-version')
    expect(letter.properties.headers).toMatchObject({ 'x-attempt': 1, 'x-deferrals': 10, 'x-origin-key': 'job.do.v2' })
  })

  test('fields that a newer producer adds are left out, and those that hold the wrong thing are not', async () => {
    const newer = JSON.stringify({ ...jobOf().data, since: 'the next version' })
    expect(await bench.handled(await bench.publish(newer))).toHaveLength(1)
  })
})

describe('headers (M6)', () => {
  const many = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [index.toString(36), 1]))
  const strange = {
    __proto__: null,
    traceparent: { toString: 'x' },
    'x-published-at': { valueOf: 1, toString: 2 },
    'x-causation-id': { toString: 'x' },
    'x-cause-attempts': { valueOf: 'x' },
    'x-delivery-count': Buffer.from([0, 255]),
  }
  const proto = Object.defineProperty({}, '__proto__', { value: { 'x-crashes': 4, polluted: true }, enumerable: true })

  test.each<[string, object]>([
    ['10,000 of them', many],
    ['60 KiB in one', { big: 'x'.repeat(60 * 1024) }],
    ['binary values', { bytes: Buffer.from([0, 1, 2, 255]), list: [Buffer.alloc(100), { a: null }] }],
    ['a table named __proto__', proto],
    ['tables where texts and numbers are expected', strange],
    ['texts far longer than any of ours', { traceparent: 'x'.repeat(30_000), 'x-causation-id': 'y'.repeat(30_000) }],
  ])('%s harm nobody: a good message is handled, a failing one is a dead letter without them', async (_, headers) => {
    expect(await bench.handled(await bench.send(jobOf(), { headers }))).toMatchObject([{ attempt: 1, polluted: false }])

    const letter = await bench.letter(await bench.send(jobOf({ mode: 'error' }), { headers }))
    expect(reason(letter)).toBe('exhausted')
    expect(JSON.stringify(letter.properties.headers).length).toBeLessThan(4_096)
  })
})

describe('the time of the first publish, for the age of what is handled', () => {
  const handledWithin = (seconds: string) =>
    metric(workbench, `warren_message_age_seconds_bucket{type="job.do.v1",le="${seconds}"}`)

  test.each([
    ['90 s ago', { headers: { 'x-published-at': Date.now() - 90_000 } }, { '0.1': 0, '60': 0, '120': 1 }],
    [
      'a day ahead, as of a clock that is wrong: new',
      { headers: { 'x-published-at': Date.now() + 864e5 } },
      { '0.1': 1 },
    ],
    ['none: no age', {}, { '+Inf': 0 }],
  ])('%s', async (_, properties, expected) => {
    const buckets = Object.entries(expected)
    const before = await Promise.all(buckets.map(([seconds]) => handledWithin(seconds)))
    await bench.handled(await bench.send(jobOf(), properties))
    // What is handled is counted when its transaction is committed: the next one is after it.
    await bench.handled(await bench.send(jobOf()))
    const after = await Promise.all(buckets.map(([seconds]) => handledWithin(seconds)))
    expect(after.map((count, index) => count - (before[index] ?? 0))).toEqual(buckets.map(([, count]) => count))
  })
})

describe('texts of 255 bytes that are no UTF-8, which come out three times as long', () => {
  test.each([
    ['messageId', 'no-id'],
    ['contentType', 'malformed'],
    ['type', 'untrusted-producer'],
  ])('as %s: a dead letter', async (name, why) => {
    expect(reason(await nextLetter(() => publishBytes({ [name]: '~'.repeat(255) })))).toBe(why)
  })

  test.each(['correlationId', 'appId'])('as %s: no harm to a good message, nor to a failing one', async (name) => {
    expect(await bench.handled(await publishBytes({ [name]: '~'.repeat(255) }))).toHaveLength(1)
    const letter = await nextLetter(() => publishBytes({ [name]: '~'.repeat(255) }, jobOf({ mode: 'error' })))
    expect(reason(letter)).toBe('exhausted')
  })
})

/** Publishes like a client that does not care for UTF-8: every `~` goes over the wire as the byte 0xff. */
async function publishBytes(properties: Record<string, string>, { data } = jobOf()): Promise<string> {
  const channel = await bench.world.channel(bench.world.broker.admin.user)
  const { stream } = channel.connection as unknown as ChannelModel & { stream: Socket }
  const write = stream.write.bind(stream)
  stream.write = (chunk: Buffer) => write(Buffer.from(chunk.map((byte) => (byte === 126 ? 255 : byte))))
  const messageId = randomUUID()
  const complete = { messageId, type: 'job.do.v1', contentType: 'application/json', userId: 'admin', ...properties }
  channel.publish('commands', 'job.do.v1', Buffer.from(JSON.stringify(data)), complete)
  await channel.waitForConfirms()
  stream.write = write
  await channel.close()
  return messageId
}
