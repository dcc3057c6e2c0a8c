import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { on } from '../on.ts'
import { DoJob, jobOf, JobDone } from '../fixtures/jobs.ts'
import { rawMessage } from '../fixtures/raw-message.ts'
import { historyOf } from './history.ts'
import { accept, fingerprint, isMessageId, Unacceptable, UnsupportedVersion } from './validate.ts'

const subscriptions = new Map(
  [on(DoJob, () => undefined), on(JobDone, () => undefined)].map((each) => [each.contract.type, each]),
)
const good = JSON.stringify(jobOf().data)

const enter = (...message: Parameters<typeof rawMessage>) => {
  const raw = rawMessage(...message)
  return accept(raw, historyOf(raw), subscriptions)
}

/** The reason why a message is refused. */
function refusal(...message: Parameters<typeof rawMessage>): string {
  try {
    enter(...message)
    return 'accepted'
  } catch (error) {
    if (error instanceof Unacceptable) return error.reason
    throw error
  }
}

describe('the context of an accepted message', () => {
  test('comes from its envelope', () => {
    const trace = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`
    const headers = {
      'x-causation-id': 'cause',
      'x-published-at': 1_700_000_000_000,
      'x-cause-attempts': 3,
      traceparent: trace,
    }
    const messageId = randomUUID()
    const { received, data, subscription, traceparent } = enter(good, { messageId, correlationId: 'c', headers })
    expect(received).toEqual({
      id: messageId,
      type: 'job.do.v1',
      correlationId: 'c',
      causationId: 'cause',
      attempt: 1,
      publishedAt: new Date(1_700_000_000_000),
      causeAttempts: 3,
    })
    expect(data).toEqual(jobOf().data)
    expect(subscription.contract).toBe(DoJob)
    expect(traceparent).toBe(trace)
  })

  test('has as few defaults as possible where the envelope lacks a value', () => {
    const messageId = '0123abcd-0123-4123-8123-0123456789ab'
    const { received, traceparent } = enter(good, { messageId, timestamp: 1_700_000_000 })
    expect(received).toMatchObject({ correlationId: messageId, causationId: undefined, causeAttempts: 1 })
    expect(received.publishedAt).toEqual(new Date(1_700_000_000_000))
    expect(traceparent).toBe(`00-${messageId.replaceAll('-', '')}-0123abcd01234123-01`)
  })

  test.each<[string, Record<string, unknown>]>([
    ['strings too long for AMQP', { 'x-causation-id': 'x'.repeat(256), traceparent: 'x'.repeat(256) }],
    [
      'tables',
      {
        'x-causation-id': { toString: 1 },
        traceparent: { toString: 1 },
        'x-published-at': { valueOf: 1, toString: 1 },
      },
    ],
    ['invalid times', { 'x-published-at': Infinity, 'x-cause-attempts': -1 }],
    ['times out of range', { 'x-published-at': 1e300, 'x-cause-attempts': 1.5 }],
    ['unsupported traces', { traceparent: `01-${'a'.repeat(32)}-${'b'.repeat(16)}-01`, 'x-cause-attempts': '3' }],
  ])('never comes from %s', (_, headers) => {
    const { received, traceparent } = enter(good, { headers, correlationId: '\ufffd'.repeat(86) })
    expect(received).toMatchObject({ correlationId: received.id, causationId: undefined, causeAttempts: 1 })
    expect(received.publishedAt).toEqual(new Date(0))
    expect(traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)
  })

  test.each([2 ** 53, 2 ** 64, 253_402_300_799])('has a valid date, whatever the timestamp: %d', (timestamp) => {
    expect(Number.isNaN(enter(good, { timestamp }).received.publishedAt.getTime())).toBe(false)
  })
})

describe('the first failed check is the reason', () => {
  const wrong: [string, string, Record<string, unknown>][] = [
    ['too-large', ' '.repeat(256 * 1024 + 1), {}],
    ['no-id', '[', { messageId: 'x' }],
    ['malformed', '[', { contentType: 'text/plain' }],
    ['unknown-type', '[', { type: undefined }],
    ['untrusted-producer', '[', { userId: '' }],
    ['too-deep', '['.repeat(33), {}],
    ['malformed', '[', {}],
  ]

  test.each(wrong)('%s', (why, body, properties) => {
    expect(refusal(body, properties)).toBe(why)
  })

  test('the cheapest check comes first: a body that is refused anyway is not parsed', () => {
    const all = wrong.reduce((together, [, , properties]) => ({ ...properties, ...together }), {})
    expect(refusal(' '.repeat(256 * 1024 + 1), all)).toBe('too-large')
    expect(refusal('[', all)).toBe('no-id')
  })

  test('is given in one line, however long and strange the message', () => {
    const type = '\r\n\u001b[31m'.repeat(100)
    expect(() => enter(good, { type }, { routingKey: type })).toThrow(/^.{1,300}$/)
    expect(() => enter(good, { contentType: type })).toThrow(/^.{1,300}$/)
  })

  test('an unknown version of a known type is too early, not wrong', () => {
    const other = { type: 'job.do.v2' }
    expect(() => enter(good, other, { routingKey: 'job.do.v2' })).toThrow(UnsupportedVersion)
    expect(() => enter('[[', other, { routingKey: 'job.do.v2.us' })).toThrow(
      'this handler does not handle "job.do.v2" yet, only job.do.v1',
    )
  })

  test.each(['constructor', '__proto__', 'toString', 'job.do', 'job.do.v1x', 'job.doing.v1'])(
    '%s is not a type',
    (type) => {
      expect(refusal(good, { type }, { routingKey: type })).toBe('unknown-type')
    },
  )
})

test.each([
  ['31 arrays in the body', `"more":${'['.repeat(31)}${']'.repeat(31)}`, 'accepted'],
  ['32 arrays in the body', `"more":${'['.repeat(32)}${']'.repeat(32)}`, 'too-deep'],
  ['many adjacent arrays', `"more":[${'[],'.repeat(1_000)}[]]`, 'accepted'],
  ['brackets in a string, after quotes and backslashes', `"text":"\\"[[\\\\\\"${'[{'.repeat(100)}"`, 'accepted'],
  [
    'brackets behind a text that ends in a backslash',
    `"text":"\\\\","more":${'['.repeat(40)}${']'.repeat(40)}`,
    'too-deep',
  ],
])('a body may nest 32 levels deep: %s', (_, fields, outcome) => {
  expect(refusal(`${good.slice(0, -1)},${fields}}`)).toBe(outcome)
})

describe('the producer', () => {
  test.each([
    ['job.do.v1', 'accepted'],
    ['job.do.v1.us.vip', 'accepted'],
    ['job.do.v10', 'untrusted-producer'],
    ['job.do', 'untrusted-producer'],
    ['x.job.do.v1', 'untrusted-producer'],
    ['job.done.v1', 'untrusted-producer'],
    ['', 'untrusted-producer'],
  ])('may publish the type that its routing key begins with: %j is %s', (routingKey, outcome) => {
    expect(refusal(good, {}, { routingKey })).toBe(outcome)
  })

  test('may send nothing but notifications through the exchange notify, also when it is redriven', () => {
    const origin = { 'x-origin-user': 'orders', 'x-origin-key': 'job.do.v1' }
    const redriven = { exchange: 'redrive', routingKey: 'workbench' }
    expect(refusal(good, {}, { exchange: 'notify' })).toBe('untrusted-producer')
    expect(refusal(good, { headers: { ...origin, 'x-origin-exchange': 'notify' } }, redriven)).toBe(
      'untrusted-producer',
    )
    expect(refusal(good, { headers: origin }, redriven)).toBe('accepted')
  })

  test('must be named by the broker', () => {
    expect(refusal(good, { userId: undefined })).toBe('untrusted-producer')
    expect(refusal(good, { userId: undefined, headers: { 'x-origin-user': 'orders' } })).toBe('untrusted-producer')
  })
})

describe('the history of a message', () => {
  const headers = {
    'x-attempt': 3,
    'x-deferrals': 2,
    'x-crashes': 1,
    'x-origin-user': 'gateway',
    'x-origin-key': 'job.do.v1.us',
  }

  test.each(['due', 'redrive'])('is trusted when it comes through %s, where no handler can write', (exchange) => {
    const raw = rawMessage(good, { headers, userId: 'workbench' }, { exchange, routingKey: '1s.workbench' })
    expect(historyOf(raw)).toEqual({
      attempt: 3,
      deferrals: 2,
      crashes: 1,
      user: 'gateway',
      key: 'job.do.v1.us',
      exchange: '',
    })
    expect(accept(raw, historyOf(raw), subscriptions).received.attempt).toBe(3)
  })

  test.each(['commands', 'events', 'delay', 'dead', '', 'Due', 'due '])(
    'is not trusted when it comes through %j',
    (exchange) => {
      const raw = rawMessage(good, { headers }, { exchange, routingKey: 'job.do.v1' })
      expect(historyOf(raw)).toEqual({
        attempt: 1,
        deferrals: 0,
        crashes: 0,
        user: 'orders',
        key: 'job.do.v1',
        exchange,
      })
    },
  )

  test.each([[99.5], [-1], [0], ['3'], [NaN], [Infinity], [1e9], [null], [{ valueOf: 3 }], [undefined]])(
    'ignores a count of %p',
    (count) => {
      const strange = {
        'x-attempt': count,
        'x-deferrals': count === 0 ? -1 : count,
        'x-crashes': count === 0 ? -1 : count,
      }
      const raw = rawMessage(good, { headers: { ...strange, 'x-origin-user': { toString: 1 } } }, { exchange: 'due' })
      expect(historyOf(raw)).toEqual({ attempt: 1, deferrals: 0, crashes: 0, user: '', key: '', exchange: '' })
    },
  )

  test('of a message without headers is that of a first delivery', () => {
    expect(historyOf(rawMessage(good, { headers: undefined }, { exchange: 'redrive' }))).toMatchObject({ attempt: 1 })
  })
})

describe('the fingerprint, which distinguishes a duplicate from another message', () => {
  test('depends on type and body, not on the envelope', () => {
    const one = rawMessage(good, { messageId: randomUUID(), headers: { a: 1 } })
    expect(fingerprint(rawMessage(good, { timestamp: 1 }))).toBe(fingerprint(one))
    expect(fingerprint(rawMessage(`${good} `))).not.toBe(fingerprint(one))
    expect(fingerprint(rawMessage(good, { type: 'job.do.v2' }))).not.toBe(fingerprint(one))
  })

  test('exists for any delivery', () => {
    for (const type of [undefined, null, 1, {}, 'x'.repeat(1_000)])
      expect(fingerprint(rawMessage('', { type }))).toHaveLength(44)
    expect(fingerprint(rawMessage('x'.repeat(300_000)))).not.toBe(fingerprint(rawMessage('x'.repeat(256 * 1024))))
  })
})

test('an id is a lower-case UUID, so that PostgreSQL and the runtime compare ids alike', () => {
  fc.assert(
    fc.property(fc.uuid(), (id) => isMessageId(id) && (isMessageId(id.toUpperCase()) ? id === id.toUpperCase() : true)),
  )
  for (const id of [
    '',
    `${randomUUID()} `,
    `{${randomUUID()}}`,
    randomUUID().replaceAll('-', ''),
    1,
    null,
    undefined,
    [randomUUID()],
  ])
    expect(isMessageId(id)).toBe(false)
})

test('any delivery is either accepted or refused with a reason, and no other object is changed', () => {
  const anything = fc.oneof(
    fc.json(),
    fc.string(),
    fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    fc.object().map((object) => JSON.stringify({ ...jobOf().data, ...object })),
  )
  const strange = fc.dictionary(
    fc.constantFrom(
      'messageId',
      'type',
      'contentType',
      'contentEncoding',
      'correlationId',
      'userId',
      'timestamp',
      'headers',
    ),
    fc.anything(),
  )
  fc.assert(
    fc.property(anything, strange, (body, properties) => {
      try {
        const { data } = enter(body, { ...properties, headers: Object(properties['headers'] ?? {}) })
        expect(Object.keys(data as object).sort()).toEqual(['amount', 'job', 'mode', 'notes', 'text'])
      } catch (error) {
        expect(error instanceof Unacceptable || error instanceof UnsupportedVersion ? 'reason' : error).toBe('reason')
      }
      expect('polluted' in {}).toBe(false)
    }),
    { numRuns: 500 },
  )
})
