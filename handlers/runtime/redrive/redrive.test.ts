import type { ConsumeMessage } from 'amqplib'
import { letterOf, type DeadLetter } from './letter.ts'
import { redriven, refusal } from './redrive.ts'

const now = new Date('2026-03-31T00:00:00Z')
const letter = (changes: Partial<DeadLetter> = {}): DeadLetter => ({
  handler: 'payments',
  id: 'b1946ac9-2e6a-4a3e-8c1e-5b2d7c1f0a11',
  type: 'payment.capture.v1',
  reason: 'exhausted',
  error: '',
  stack: undefined,
  diedAt: now,
  since: now,
  attempts: 6,
  redrives: 1,
  scheduledRedrives: 0,
  version: undefined,
  origin: { user: 'orders', key: 'payment.capture.v1' },
  ...changes,
})

test('a redriven letter keeps its id, its first sender and its priority, and has all attempts available again', () => {
  const properties = {
    messageId: 'b1946ac9-2e6a-4a3e-8c1e-5b2d7c1f0a11',
    type: 'payment.capture.v1',
    contentType: 'application/json',
    correlationId: 'c',
    appId: 'payments',
    userId: 'payments',
    timestamp: 1_770_000_000,
    priority: 9,
    expiration: undefined,
    headers: {
      traceparent: 'trace',
      'x-causation-id': 'cause',
      'x-attempt': 6,
      'x-deferrals': 3,
      'x-crashes': 2,
      'x-dead-reason': 'exhausted',
      'x-death': [],
      'x-of-a-stranger': 'x'.repeat(60_000),
    },
  } as unknown as ConsumeMessage['properties']

  expect(redriven({ properties } as ConsumeMessage, letter())).toEqual({
    messageId: 'b1946ac9-2e6a-4a3e-8c1e-5b2d7c1f0a11',
    type: 'payment.capture.v1',
    contentType: 'application/json',
    correlationId: 'c',
    appId: 'payments',
    timestamp: 1_770_000_000,
    priority: 9,
    mandatory: true,
    persistent: true,
    headers: {
      traceparent: 'trace',
      'x-causation-id': 'cause',
      'x-origin-user': 'orders',
      'x-origin-key': 'payment.capture.v1',
      'x-redrives': 2,
    },
  })
})

test('a letter that the broker dead-lettered is redriven without the headers that cannot be encoded', () => {
  const properties = {
    messageId: 'b1946ac9-2e6a-4a3e-8c1e-5b2d7c1f0a11',
    timestamp: 2 ** 64,
    headers: { 'x-published-at': -1e300, traceparent: { a: 'table' }, 'x-causation-id': 'cause', 'x-redrives': -1e300 },
  } as unknown as ConsumeMessage['properties']
  const { redrives } = letterOf({ properties, fields: { routingKey: '' } } as ConsumeMessage, 'payments')
  const far = letter({ redrives, origin: { user: 'x'.repeat(100_000), key: 'payment.capture.v1' } })

  expect(redriven({ properties } as ConsumeMessage, far)).toEqual({
    messageId: 'b1946ac9-2e6a-4a3e-8c1e-5b2d7c1f0a11',
    mandatory: true,
    persistent: true,
    headers: {
      'x-causation-id': 'cause',
      'x-origin-user': 'x'.repeat(255),
      'x-origin-key': 'payment.capture.v1',
      'x-redrives': 1,
    },
  })
})

test('a letter older than the retention of an inbox stays, because its effect might happen twice', () => {
  const daysAgo = (days: number) => new Date(now.getTime() - days * 86_400_000)

  expect(refusal(letter({ since: daysAgo(29.9) }), now)).toBeUndefined()
  expect(refusal(letter({ since: daysAgo(30.1) }), now)).toMatch(/an inbox remembers a message for 30 days.*discard it/)
  expect(refusal(letter({ since: undefined }), now)).toMatch(/carries no date/)
})

test('a letter without an id, and one that never had a queue, cannot be redriven', () => {
  expect(refusal(letter({ id: undefined }), now)).toMatch(/without an id/)
  expect(refusal(letter({ handler: 'unrouted' }), now)).toMatch(/never reached a queue/)
})
