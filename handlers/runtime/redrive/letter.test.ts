import type { ConsumeMessage } from 'amqplib'
import { letterOf } from './letter.ts'

type Properties = Omit<Partial<ConsumeMessage['properties']>, 'headers'> & { headers?: object | undefined }

const id = '4f8cbb0c-7c5e-4f0e-a0a5-3f1f4c6f2b10'
const delivery = (properties: Properties) =>
  ({
    fields: { exchange: 'dead', routingKey: 'payments' },
    properties: { messageId: id, type: 'payment.capture.v1', ...properties },
    content: Buffer.from('{}'),
  }) as unknown as ConsumeMessage

const death = (changes: object = {}) => ({
  'x-death': [
    {
      queue: 'payments',
      exchange: 'commands',
      'routing-keys': ['payment.capture.v1'],
      reason: 'delivery_limit',
      count: 1,
      time: { '!': 'timestamp', value: 1_700_000_000 },
      ...changes,
    },
  ],
})

test('a dead letter of a handler contains the reason, the number of attempts and the sender', () => {
  const letter = letterOf(
    delivery({
      userId: 'payments',
      timestamp: 1_700_000_000,
      headers: {
        'x-dead-reason': 'exhausted',
        'x-dead-error': 'Error: the bank answered 500',
        'x-dead-stack': 'Error: the bank answered 500\n    at capture',
        'x-dead-at': '2023-11-14T22:30:00.000Z',
        'x-dead-attempts': 6,
        'x-dead-version': '1.2.3',
        'x-redrives': 2,
        'x-origin-user': 'orders',
        'x-origin-key': 'payment.capture.v1',
      },
    }),
    'payments',
  )

  expect(letter).toEqual({
    handler: 'payments',
    id,
    type: 'payment.capture.v1',
    reason: 'exhausted',
    error: 'Error: the bank answered 500',
    stack: 'Error: the bank answered 500\n    at capture',
    diedAt: new Date('2023-11-14T22:30:00.000Z'),
    since: new Date(1_700_000_000_000),
    attempts: 6,
    redrives: 2,
    scheduledRedrives: 0,
    version: '1.2.3',
    origin: { user: 'orders', key: 'payment.capture.v1' },
  })
})

test('a dead letter of the broker itself, which has only x-death, is read as well', () => {
  const letter = letterOf(delivery({ userId: 'orders', headers: death() }), 'payments')

  expect(letter.reason).toBe('delivery_limit')
  expect(letter.error).toMatch(/the broker gave up/)
  expect(letter.diedAt).toEqual(new Date(1_700_000_000_000))
  expect(letter.origin).toEqual({ user: 'orders', key: 'payment.capture.v1' })
})

test('of a dead letter of the broker, only fields that no producer can write are trusted', () => {
  const forged = {
    'x-origin-user': 'bank',
    'x-origin-key': 'money.give.v1',
    'x-dead-reason': 'malformed',
    'x-dead-error': 'no',
  }

  const direct = letterOf(delivery({ userId: 'orders', headers: { ...forged, ...death() } }), 'payments')
  expect(direct.origin).toEqual({ user: 'orders', key: 'payment.capture.v1' })
  expect(direct.reason).toBe('delivery_limit')

  const retried = { 'x-origin-user': 'orders', 'x-origin-key': 'payment.capture.v1', ...death({ exchange: 'due' }) }
  expect(letterOf(delivery({ userId: 'payments', headers: retried }), 'payments').origin.user).toBe('orders')
})

test('an entry about another queue in x-death is ignored', () => {
  const headers = {
    'x-dead-reason': 'rejected',
    'x-dead-error': 'Reject: no',
    ...death({ queue: 'wait.1s', reason: 'expired' }),
  }

  expect(letterOf(delivery({ headers }), 'payments')).toMatchObject({ reason: 'rejected', error: 'Reject: no' })
})

test('any message can be read, because any message can be a dead letter', () => {
  const headers = {
    'x-dead-at': {},
    'x-dead-reason': 7,
    'x-redrives': 'many',
    'x-death': 'yes',
    'x-published-at': 1e300,
  }
  const letter = letterOf(delivery({ messageId: undefined, type: undefined, headers }), 'payments')

  expect(letter).toMatchObject({ id: undefined, type: '(no type)', reason: 'unknown', redrives: 0 })
  expect(letter.since).toBeUndefined()
  expect(letterOf(delivery({ headers: undefined }), 'unrouted')).toMatchObject({ reason: 'unrouted' })
})
