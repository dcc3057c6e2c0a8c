import type { Operation, Place, TracedMessage } from './operation.ts'
import { traceLines } from './show.ts'

const now = new Date(2026, 10, 29, 12, 0, 0)
const ago = (milliseconds: number) => new Date(+now - milliseconds)
const later = (milliseconds: number) => new Date(+now + milliseconds)

const message = (key: string, to: TracedMessage['to'], changes: Partial<TracedMessage> = {}): TracedMessage => ({
  id: 'm',
  type: key,
  key,
  from: 'orders',
  causeId: undefined,
  at: ago(4_000),
  to,
  ...changes,
})
const operation = (messages: TracedMessage[], sagas: Operation['sagas'] = []): Operation => ({
  correlationId: 'c-1',
  subjects: ['order 5'],
  messages,
  sagas,
})
const lines = (shown: Operation, { gaps = [], colours = false }: { gaps?: string[]; colours?: boolean } = {}) =>
  traceLines({ operations: [shown], gaps }, { colours, now })
/** What is said of one message for its only receiver. */
const where = (place: Place) =>
  lines(operation([message('payment.capture.v1', [{ handler: 'payments', ...place }])]))[3]!.split('payments  ')[1]

test('a message has a line, and its receivers share it once all have handled it', () => {
  const handled = { is: 'handled', at: ago(3_900), attempt: 1 } as const
  const shown = operation([
    message('order.place.v1', [{ handler: 'orders', ...handled }], { from: undefined }),
    message('order.created.v1.gb', [
      { handler: 'gateway', ...handled, at: ago(3_000) },
      { handler: 'audit', ...handled },
      { handler: 'notifications', is: 'sent', queued: 2, inHand: 1 },
    ]),
    message('stock.low.v1', []),
  ])
  expect(lines(shown)).toEqual([
    'operation c-1  about order 5',
    '3 messages, 1 not handled yet, began 2026-11-29 11:59:56 (4.0 s ago)',
    'sent          message              from       to              where',
    '11:59:56.000  order.place.v1       (outside)  orders          handled at 11:59:56.100',
    '11:59:56.000  order.created.v1.gb  orders     gateway, audit  handled after 1.0 s',
    '                                              notifications   in its queue or in hand for 4.0 s (2 in the queue, 1 in hand)',
    '11:59:56.000  stock.low.v1         orders     -               no handler subscribes to it',
  ])
})

test('an operation of thousands of messages is cut to what a person reads, and tells so', () => {
  const many = operation(Array.from({ length: 250 }, () => message('order.place.v1', [])))
  const shown = lines({ ...many, subjects: ['a', 'b', 'c', 'd', 'e', 'f', 'g'] })
  expect(shown[0]).toBe('operation c-1  about a, b, c, d, e and 2 more')
  expect(shown).toHaveLength(204)
  expect(shown.at(-1)).toBe('… 50 more lines: --json has all')
})

test.each<[Place, string]>([
  [{ is: 'handled', at: ago(0), attempt: 3 }, 'handled after 4.0 s, attempt 3'],
  [
    { is: 'retry', tier: '2m', until: later(90_000), attempt: 5, attempts: 6, error: 'Error: no' },
    'tier 2m: attempt 5 of 6 at 12:01:30.000 (in 1 min): Error: no',
  ],
  [
    { is: 'retry', tier: '10m', until: undefined, attempt: 12, attempts: undefined, error: 'Error: no' },
    'tier 10m: attempt 12 (for ever): Error: no',
  ],
  [
    { is: 'dead', reason: 'exhausted', error: 'Error: no', at: ago(1_000) },
    'dead letter (exhausted) since 11:59:59.000: Error: no',
  ],
  [
    { is: 'parked', key: 'MUG-1', due: undefined, reason: 'exhausted', error: 'Error: no' },
    'parked: its key MUG-1 rests (exhausted): Error: no',
  ],
  [
    { is: 'parked', key: 'MUG-1', due: later(90_000), reason: undefined, error: 'Error: no' },
    'parked, tried again at 12:01:30.000 (in 1 min): Error: no',
  ],
  [
    { is: 'parked', key: 'MUG-1', due: undefined, reason: undefined, error: '' },
    'parked behind an earlier message of its key MUG-1',
  ],
  [{ is: 'timer', due: later(7_500_000) }, 'timer, due 2026-11-29 14:05:00 (in 2 h 5 min)'],
  [{ is: 'timer', due: ago(500) }, 'timer, due 2026-11-29 11:59:59 (500 ms overdue)'],
  [
    { is: 'sent', queued: 7, inHand: 3, paused: { dependency: 'bank', since: ago(1_000) } },
    'in its queue or in hand for 4.0 s (7 in the queue, 3 in hand): it waits for bank since 11:59:59.000',
  ],
  [{ is: 'unconfirmed' }, 'stored by its sender; the broker has not confirmed it yet'],
  [{ is: 'unrecorded' }, 'handled, as its queue is empty: the handler has no database that records it'],
  [{ is: 'unknown', why: 'no way to it' }, '? no way to it'],
])('%j reads as a sentence', (place, sentence) => {
  expect(where(place)).toBe(sentence)
})

test('timers that were cancelled are left out', () => {
  const shown = operation([message('checkout.deadline.v1', [{ handler: 'orders', is: 'cancelled' }])])
  expect(lines(shown).join()).not.toContain('deadline')
})

test('a saga stands below its messages: the step that it waits for, or how it ended', () => {
  const saga = { handler: 'orders', saga: 'checkout', key: 'order 5', step: 'payment', deadline: later(60_000) }
  const failure = { step: 'stock', reason: 'none left' }
  const of = (...sagas: Operation['sagas']) => lines(operation([message('a.b.v1', [])], sagas)).slice(4)
  expect(of({ ...saga, status: 'running', failure: null })).toEqual([
    'saga checkout of orders: waits for payment, until 2026-11-29 12:01:00 (in 1 min)',
  ])
  expect(of({ ...saga, status: 'failed', failure }, { ...saga, status: 'done', failure: null })).toEqual([
    'saga checkout of orders: failed at stock: none left',
    'saga checkout of orders: done',
  ])
})

test('what could not be looked at is named, and text from producers cannot move the cursor', () => {
  const shown = operation([message('a.b.v1', [{ handler: 'payments', is: 'unknown', why: 'a\u001b[2Jb' }])])
  const text = lines(shown, { gaps: ['queue unrouted is too long'] }).join('\n')
  expect(text).toContain('! queue unrouted is too long')
  expect(text).toContain('a\\u001b[2Jb')
  expect(text).not.toContain('\u001b')
})

test('colours are there only where they are obeyed', () => {
  const dead = operation([
    message('a.b.v1', [{ handler: 'payments', is: 'dead', reason: 'r', error: 'e', at: undefined }]),
  ])
  expect(lines(dead).join()).not.toContain('\u001b')
  expect(lines(dead, { colours: true }).join()).toContain('\u001b[31m')
})
