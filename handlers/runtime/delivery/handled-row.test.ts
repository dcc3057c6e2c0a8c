import { randomUUID } from 'node:crypto'
import * as z from 'zod'
import { command } from '../contract.ts'
import { on, type Subscription } from '../on.ts'
import { noOutputs, outgoing, type Outputs } from '../message/outgoing.ts'
import { handledRow } from './handled-row.ts'
import { itemOfSubmission, itemOfTimer, type WorkItem } from './work-item.ts'

const Order = command('order.place.v1', { customerId: z.string(), orderId: z.string() })
const [id, cause] = [randomUUID(), randomUUID()]
const message = outgoing(Order({ customerId: 'c-1', orderId: 'o-1' }), id, 'an operation', {})

const subscription: Subscription = on(Order, () => undefined)
const delivered = (changes: Partial<WorkItem['received']> = {}, with_: Partial<WorkItem> = {}): WorkItem => {
  const item = itemOfTimer(id, message, new Map())
  return {
    ...item,
    source: { kind: 'inbox' },
    subscription,
    data: { customerId: 'c-1', orderId: 'o-1' },
    ...with_,
    received: { ...item.received, ...changes },
  }
}
const row = (item: WorkItem, outputs: Outputs = noOutputs) => handledRow(item, id, outputs, null)

test("the row of an operation's first message records its subject: the first field whose name ends in id", () => {
  expect(row(delivered())).toMatchObject({
    id,
    type: 'order.place.v1',
    correlation_id: 'an operation',
    cause_id: null,
    subject: 'c-1',
    attempt: 1,
    sent: null,
  })
})

test('a later message records its cause, and its subject only if that is the key of a saga', () => {
  expect(row(delivered({ causationId: cause, attempt: 3 }))).toMatchObject({
    cause_id: cause,
    subject: null,
    attempt: 3,
  })
  const ofSaga = { subscription: { ...subscription, subject: 'orderId' } }
  expect(row(delivered({ causationId: cause }, ofSaga))).toMatchObject({ cause_id: cause, subject: 'o-1' })
})

test("a timer's cause is the message that set it", () => {
  const timer = itemOfTimer(id, { ...message, headers: { 'x-causation-id': cause } }, new Map())
  expect(row(timer)).toMatchObject({ type: 'order.place.v1', cause_id: cause, correlation_id: 'an operation' })
})

test('a submission has the subject of its first message, and its row keeps the keys of all', () => {
  const item = itemOfSubmission(async () => ({ value: undefined, messages: [] }), 'an operation', id)
  const outputs = { publish: [message], timers: [], freed: [], sent: ['order.place.v1', '@order.check.v1'] }
  expect(row(item, outputs)).toMatchObject({
    type: 'submission',
    cause_id: null,
    subject: 'c-1',
    sent: '["order.place.v1","@order.check.v1"]',
  })
})

test.each([
  ['a NUL', 'a\0b'],
  ['half of a surrogate pair', 'a\ud800'],
  ['more than an envelope may hold', 'x'.repeat(256)],
])('of an envelope with %s nothing is stored that PostgreSQL refuses', (_, correlationId) => {
  expect(row(delivered({ correlationId, causationId: 'no uuid', attempt: 1_000_000 }))).toMatchObject({
    correlation_id: null,
    cause_id: null,
    attempt: 32_767,
  })
})
