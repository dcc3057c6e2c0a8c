import type { ConsumeMessage } from 'amqplib'
import fc from 'fast-check'
import { rawMessage } from '../fixtures/raw-message.ts'
import { copyOf, type Destination } from './copy.ts'
import { describe as words } from './error-text.ts'
import { historyOf } from './history.ts'

const workbench = { name: 'workbench', user: 'workbench-user', version: '1.2.3' }
const history = { attempt: 2, deferrals: 1, crashes: 3, user: 'orders', key: 'job.do.v1.us', exchange: 'commands' }

const dead = (raw: ConsumeMessage, error: unknown) =>
  copyOf(raw, { to: 'dead', reason: 'rejected', history, error }, workbench)
const headersOf = (error: unknown) => dead(rawMessage('{}'), error).options.headers as Record<string, string>

describe('a copy for a retry', () => {
  const later: Destination = { to: 'delay', tier: '5s', history, error: new Error('no answer\u001b') }
  const raw = rawMessage('{"a":1}', {
    correlationId: 'c',
    appId: 'orders',
    timestamp: 7,
    priority: 5,
    headers: { 'x-causation-id': 'cause', 'x-published-at': 1 },
  })
  const copy = copyOf(raw, later, workbench)

  test('goes to its tier, for this handler alone', () => {
    expect([copy.exchange, copy.key]).toEqual(['delay', '5s.workbench'])
  })

  test('has the same body and id, and is returned if no queue takes it', () => {
    expect(copy.content).toBe(raw.content)
    const { messageId, type, contentType } = raw.properties
    expect(copy.options).toMatchObject({
      messageId,
      type,
      contentType,
      correlationId: 'c',
      appId: 'orders',
      timestamp: 7,
      priority: 5,
      deliveryMode: 2,
      mandatory: true,
    })
  })

  test.each([32, -1, '9', undefined])('does not carry on the priority %p, which none may have', (priority) => {
    expect(copyOf(rawMessage('{}', { priority }), later, workbench).options).not.toHaveProperty('priority')
  })

  test('comes from this handler and names its original publisher', () => {
    expect(copy.options.userId).toBe('workbench-user')
    expect(copy.options.headers).toEqual({
      'x-causation-id': 'cause',
      'x-published-at': 1,
      'x-attempt': 2,
      'x-deferrals': 1,
      'x-crashes': 3,
      'x-origin-user': 'orders',
      'x-origin-key': 'job.do.v1.us',
      'x-origin-exchange': 'commands',
      'x-last-error': 'Error: no answer\\u001b',
      'x-last-error-at': expect.stringMatching(/^\d{4}-.*Z$/),
    })
  })

  test('carries its history to the next delivery', () => {
    const back = rawMessage(copy.content, copy.options as Record<string, unknown>, {
      exchange: 'due',
      routingKey: '5s.workbench',
    })
    expect(historyOf(back)).toEqual(history)
  })
})

describe('a copy takes along nothing that cannot be encoded', () => {
  test.each<[string, unknown]>([
    ['a double beyond 64 bits', -1e300],
    ['an integer beyond the safe ones', 2 ** 63],
    ['a decimal', { '!': 'decimal', value: { places: 2, digits: 7 } }],
    ['a timestamp of the year 584,554,051,223', { '!': 'timestamp', value: 2 ** 64 }],
    ['a table', { a: { b: 1 } }],
    ['an array', [1, 2]],
    ['bytes', Buffer.alloc(100_000)],
    ['a string of 100 kB', 'x'.repeat(100_000)],
  ])('%s in a header, or as a property', (_, value) => {
    const raw = rawMessage('{}', {
      headers: { 'x-published-at': value, traceparent: value, 'x-redrives': value },
      timestamp: value,
    })
    const { headers, timestamp } = dead(raw, 'no').options
    for (const name of ['x-published-at', 'traceparent', 'x-redrives']) expect(headers).not.toHaveProperty(name)
    expect(timestamp).toBeUndefined()
  })
})

describe('a dead letter', () => {
  test('records why, when, where and after how many attempts the message failed', () => {
    const { exchange, key, options } = dead(rawMessage('{}'), new TypeError('no'))
    expect([exchange, key]).toEqual(['dead', 'workbench'])
    expect(options.headers).toMatchObject({
      'x-dead-reason': 'rejected',
      'x-dead-error': 'TypeError: no',
      'x-dead-handler': 'workbench',
      'x-dead-version': '1.2.3',
      'x-dead-attempts': 2,
    })
    const { 'x-dead-at': at, 'x-dead-stack': stack } = options.headers as Record<string, string>
    expect(Math.abs(Date.now() - Date.parse(String(at)))).toBeLessThan(5_000)
    expect(stack).toMatch(/^TypeError: no\n {4}at /)
  })

  test('has no header that the broker interprets or that its producer invented', () => {
    const headers = {
      'x-death': [{ count: 999 }],
      'x-delivery-count': 9,
      CC: ['x'],
      BCC: ['y'],
      'x-dead-reason': 'lie',
      'x-attempt': 99,
      other: 'x',
    }
    expect(Object.keys(dead(rawMessage('{}', { headers }), 'no').options.headers).sort()).toEqual([
      'x-attempt',
      'x-crashes',
      'x-dead-at',
      'x-dead-attempts',
      'x-dead-error',
      'x-dead-handler',
      'x-dead-reason',
      'x-dead-stack',
      'x-dead-version',
      'x-deferrals',
      'x-origin-exchange',
      'x-origin-key',
      'x-origin-user',
    ])
  })
})

describe('anything that was thrown is described briefly', () => {
  const circular: { self?: unknown } = {}
  circular.self = circular
  const refuse = {
    get() {
      throw new Error('not to be read')
    },
  }

  test.each<[string, unknown, string]>([
    ['null', null, 'thrown: null (throw an Error: it knows its line)'],
    ['undefined', undefined, 'thrown: undefined (throw an Error: it knows its line)'],
    ['a string', 'no', 'thrown: no (throw an Error: it knows its line)'],
    ['a number', NaN, 'thrown: NaN (throw an Error: it knows its line)'],
    ['a symbol', Symbol('no'), 'thrown: Symbol(no) (throw an Error: it knows its line)'],
    ['an object that contains itself', circular, 'thrown: [object Object] (throw an Error: it knows its line)'],
    ['an object without a prototype', Object.create(null), 'a value that cannot be described was thrown'],
    ['an error without a stack', Object.assign(new Error('no'), { stack: undefined }), 'Error: no'],
    ['an error whose stack is a number', Object.assign(new Error('no'), { stack: 42 }), 'Error: no'],
    [
      'an error whose message is an object',
      Object.assign(new Error(), { message: { a: 1 } }),
      'Error: [object Object]',
    ],
    [
      'an error that cannot be read',
      Object.create(Error.prototype, { message: refuse, name: refuse, stack: refuse }),
      'a value that cannot be described was thrown',
    ],
    ['an aggregate error', new AggregateError([new Error('a')], 'all'), 'AggregateError: all'],
    ['an object whose toString throws', { toString: refuse.get }, 'a value that cannot be described was thrown'],
  ])('%s', (_, thrown, told) => {
    expect(words(thrown)).toBe(told)
    expect(headersOf(thrown)['x-dead-error']).toBe(told)
    expect(typeof headersOf(thrown)['x-dead-stack']).toBe('string')
  })
})

describe('a copy stays short and harmless, however long and strange the original', () => {
  test('control characters are escaped', () => {
    const { 'x-dead-error': error } = headersOf(
      new Error('a\0b\r\n\u001b[31m\u007f\u0085\u2028\u2029\u202e\u2066\ud800z'),
    )
    expect(error).toBe('Error: a\\u0000b\\u000d\n\\u001b[31m\\u007f\\u0085\\u2028\\u2029\\u202e\\u2066\ufffdz')
  })

  test('an error message of a megabyte is truncated, between characters', () => {
    const { 'x-dead-error': error = '', 'x-dead-stack': stack = '' } = headersOf(new Error('€'.repeat(1_000_000)))
    expect(Buffer.byteLength(error)).toBeLessThanOrEqual(512)
    expect(Buffer.byteLength(stack)).toBeLessThanOrEqual(2_048)
    expect(error).toMatch(/^Error: €+$/)
    expect(words(new Error('x'.repeat(1_000_000)))).toHaveLength(1_024)
  })

  test('strings are never longer than AMQP allows, whatever bytes they were decoded from', () => {
    const long = '\ufffd'.repeat(255)
    const { options } = dead(
      rawMessage('{}', {
        messageId: long,
        type: long,
        correlationId: long,
        appId: long,
        contentType: long,
        contentEncoding: long,
      }),
      'no',
    )
    for (const name of ['messageId', 'type', 'correlationId', 'appId', 'contentType', 'contentEncoding'] as const) {
      expect(Buffer.byteLength(String(options[name]))).toBeLessThanOrEqual(255)
      expect(String(options[name]).length).toBeGreaterThan(80)
    }
  })

  test('its headers stay small and its properties valid in AMQP, whatever was delivered', () => {
    const names = [
      'x-causation-id',
      'x-published-at',
      'x-cause-attempts',
      'x-redrives',
      'traceparent',
      '__proto__',
      'x-death',
      'a',
    ]
    const strange = fc.record({
      headers: fc.dictionary(
        fc.constantFrom(...names),
        fc.oneof(fc.anything(), fc.string({ minLength: 200, maxLength: 400 })),
      ),
      timestamp: fc.oneof(fc.double(), fc.constant(2 ** 64), fc.anything()),
      priority: fc.anything(),
      correlationId: fc.anything(),
      messageId: fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), fc.anything()),
      type: fc.anything(),
    })
    fc.assert(
      fc.property(strange, fc.anything(), (properties, error) => {
        const { options } = dead(rawMessage('{}', properties), error)
        for (const value of Object.values(options.headers as object))
          expect(['string', 'number']).toContain(typeof value)
        expect(Buffer.byteLength(JSON.stringify(options.headers))).toBeLessThan(8_192)
        if (options.timestamp !== undefined) expect(Number.isSafeInteger(options.timestamp)).toBe(true)
        for (const value of [options.messageId, options.type, options.correlationId])
          if (value !== undefined) expect(Buffer.byteLength(value)).toBeLessThanOrEqual(255)
      }),
    )
  })
})
