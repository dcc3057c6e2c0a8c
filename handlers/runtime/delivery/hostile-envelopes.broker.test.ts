import { randomUUID } from 'node:crypto'
import type { Socket } from 'node:net'
import type { ChannelModel } from 'amqplib'
import { jobOf } from '../fixtures/jobs.ts'
import { nested, shortString, table, tagged } from '../fixtures/wire/bytes.ts'
import { goodEnvelope } from '../fixtures/wire/envelopes.ts'
import { openProducer } from '../fixtures/wire/producer.ts'
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

/** Waits for the next dead letter; the handler handles its neighbours meanwhile. */
async function nextLetter(publish: () => Promise<unknown>) {
  const before = bench.letters.length
  await publish()
  const neighbour = await bench.send(jobOf())
  const letter = await until(() => bench.letters[before], { within: 20_000 })
  expect(await bench.handled(neighbour)).toHaveLength(1)
  return letter
}

test.each<[string, Record<string, unknown>, string]>([
  ['no content type', { contentType: undefined }, 'malformed'],
  ['another content type', { contentType: 'text/xml' }, 'malformed'],
  ['a content type that only starts like JSON', { contentType: 'application/jsonx' }, 'malformed'],
  ['a compressed body', { contentEncoding: 'gzip' }, 'malformed'],
  ['an unknown encoding', { contentEncoding: 'br' }, 'malformed'],
  ['no id', { messageId: undefined }, 'no-id'],
  ['an empty id', { messageId: '' }, 'no-id'],
  ['an id that is not a UUID', { messageId: '1; drop table inbox' }, 'no-id'],
  ['the longest id that AMQP allows', { messageId: 'a'.repeat(255) }, 'no-id'],
  [
    'an upper-case id, which PostgreSQL would treat as the same id',
    { messageId: 'A'.repeat(8) + '-AAAA-4AAA-8AAA-AAAAAAAAAAAA' },
    'no-id',
  ],
  ['no type', { type: undefined }, 'unknown-type'],
  ['a type that this handler does not handle', { type: 'job.burn.v1', key: 'job.burn.v1' }, 'unknown-type'],
  ['a type named after a member of Object.prototype', { type: 'constructor', key: 'constructor' }, 'unknown-type'],
])('%s: dead-lettered with its body unchanged', async (_, properties, why) => {
  const letter = await nextLetter(() => intoTheQueue(properties))
  expect(reason(letter)).toBe(why)
  expect(letter.content.toString()).toBe(body)
  const { messageId } = properties
  if ('messageId' in properties) expect(letter.properties.messageId).toBe(messageId)
})

/** Straight into the handler's queue, through a binding made by the test if its key leads elsewhere. */
async function intoTheQueue({ key = 'job.do.v1', ...properties }: Record<string, unknown>) {
  const channel = await bench.world.channel(bench.world.broker.admin.user)
  await channel.bindQueue('workbench', 'commands', String(key))
  await channel.close()
  return bench.publish(body, { key, ...properties })
}

describe('another version of a message', () => {
  test('a version that is not known yet is deferred, and finally dead-lettered as unsupported with its attempts unspent', async () => {
    const letter = await nextLetter(() => intoTheQueue({ key: 'job.do.v2', type: 'job.do.v2' }))
    expect(reason(letter)).toBe('unsupported-version')
    expect(letter.properties.headers).toMatchObject({ 'x-attempt': 1, 'x-deferrals': 10, 'x-origin-key': 'job.do.v2' })
  })

  test('fields added by a newer producer are ignored', async () => {
    const newer = JSON.stringify({ ...jobOf().data, since: 'the next version' })
    expect(await bench.handled(await bench.publish(newer))).toHaveLength(1)
  })
})

describe('hostile headers', () => {
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
    ['10,000 headers', many],
    ['60 KiB in one header', { big: 'x'.repeat(60 * 1024) }],
    ['binary values', { bytes: Buffer.from([0, 1, 2, 255]), list: [Buffer.alloc(100), { a: null }] }],
    ['a table named __proto__', proto],
    ['tables where strings and numbers are expected', strange],
    [
      'strings far longer than Warren writes',
      { traceparent: 'x'.repeat(30_000), 'x-causation-id': 'y'.repeat(30_000) },
    ],
  ])('%s do no harm: a good message is handled, a failing one is dead-lettered without them', async (_, headers) => {
    expect(await bench.handled(await bench.send(jobOf(), { headers }))).toMatchObject([{ attempt: 1, polluted: false }])

    const letter = await bench.letter(await bench.send(jobOf({ mode: 'error' }), { headers }))
    expect(reason(letter)).toBe('exhausted')
    expect(JSON.stringify(letter.properties.headers).length).toBeLessThan(4_096)
  })
})

describe('headers that the client library cannot decode, because it overflows its stack', () => {
  const deep = { arrays: nested('arrays', 8_000), tables: nested('tables', 8_000) }

  test.each(Object.entries(deep))('8,000 %s, each in the one before: as if they were missing', async (_, value) => {
    const producer = await openProducer(bench.world.url('relay'))
    const good = goodEnvelope(randomUUID(), 'relay')
    const deepened = { ...good.properties, headers: table([['x-published-at', value]]) }
    const [handled, dead] = [randomUUID(), randomUUID()]
    await producer.publish([
      { ...good, properties: { ...deepened, messageId: shortString(handled) } },
      { ...good, properties: { ...deepened, messageId: shortString(dead) }, body: Buffer.from('{"bad":true}') },
    ])
    producer.close()

    expect(await bench.handled(handled)).toMatchObject([{ attempt: 1 }])
    expect(reason(await bench.letter(dead))).toBe('malformed')
    expect(workbench.lines.filter((line) => line.includes('connection lost'))).toEqual([])
  })
})

describe('numbers that the broker itself refuses, to their producer', () => {
  test.each([NaN, Infinity, -Infinity])('%d', async (number) => {
    const producer = await openProducer(bench.world.url('relay'))
    const good = goodEnvelope(randomUUID(), 'relay')
    const value = Buffer.alloc(8)
    value.writeDoubleBE(number)
    const headers = table([['x-published-at', tagged('d', value)]])
    await expect(producer.publish([{ ...good, properties: { ...good.properties, headers } }])).rejects.toThrow(
      'INTERNAL_ERROR',
    )
    producer.close()
  })
})

describe('the age of a handled message counts from its first publish', () => {
  const handledWithin = (seconds: string) =>
    metric(workbench, `warren_message_age_seconds_bucket{type="job.do.v1",le="${seconds}"}`)

  test.each<[string, number | undefined, Record<string, number>]>([
    ['90 s ago', -90_000, { '0.1': 0, '60': 0, '120': 1 }],
    ['a day ahead, from a wrong clock: age zero', 864e5, { '0.1': 1 }],
    ['no publish time: no age', undefined, { '+Inf': 0 }],
  ])('%s', async (_, sinceNow, expected) => {
    const headers = sinceNow === undefined ? {} : { 'x-published-at': Date.now() + sinceNow }
    const buckets = Object.entries(expected)
    const before = await Promise.all(buckets.map(([seconds]) => handledWithin(seconds)))
    await bench.handled(await bench.send(jobOf(), { headers }))
    // A message is counted after its commit, so it has been counted once the next one is handled.
    await bench.handled(await bench.send(jobOf()))
    const after = await Promise.all(buckets.map(([seconds]) => handledWithin(seconds)))
    expect(after.map((count, index) => count - (before[index] ?? 0))).toEqual(buckets.map(([, count]) => count))
  })
})

describe('255 bytes that are not UTF-8 and decode to three times the length', () => {
  test.each([
    ['messageId', 'no-id'],
    ['contentType', 'malformed'],
    ['type', 'untrusted-producer'],
  ])('as %s: dead-lettered', async (name, why) => {
    expect(reason(await nextLetter(() => publishBytes({ [name]: '~'.repeat(255) })))).toBe(why)
  })

  test.each(['correlationId', 'appId'])(
    'as %s: a good message is handled and a failing one is dead-lettered',
    async (name) => {
      expect(await bench.handled(await publishBytes({ [name]: '~'.repeat(255) }))).toHaveLength(1)
      const letter = await nextLetter(() => publishBytes({ [name]: '~'.repeat(255) }, jobOf({ mode: 'error' })))
      expect(reason(letter)).toBe('exhausted')
    },
  )
})

/** Publishes like a client that ignores UTF-8: every `~` goes over the wire as the byte 0xff. */
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
