import type { ConsumeMessage } from 'amqplib'
import { isUnheard } from './unheard.ts'

const delivery = (routingKey: string, exchange = 'events') => ({ fields: { exchange, routingKey } }) as ConsumeMessage
const all = { type: 'order.created.v1', key: '#' }
const some = { type: 'order.created.v1', key: 'us.*' }

test.each([
  ['order.created.v1', [all], false],
  ['order.created.v1.us.vip', [all], false],
  ['order.created.v1.us.vip', [some], false],
  ['order.created.v1.us', [some], true],
  ['order.created.v1.us.vip.new', [some], true],
  ['order.created.v1.de.vip', [some], true],
  ['order.created.v2', [all], true],
  ['order.created.v1.de', [some, all], false],
  ['order.created.v1', [], true],
])('the event %s with the subscriptions %j: without a subscriber is %s', (key, subscriptions, expected) => {
  expect(isUnheard(delivery(key), subscriptions)).toBe(expected)
})

test('a retry of a handler that is gone is a dead letter of any type', () => {
  expect(isUnheard(delivery('1s.billing', 'due'), [])).toBe(false)
})
