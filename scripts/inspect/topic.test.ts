import { matches } from './topic.ts'

test.each([
  ['order.created.v1.#', 'order.created.v1', true],
  ['order.created.v1.#', 'order.created.v1.us.vip', true],
  ['order.created.v1.#', 'order.created.v10', false],
  ['order.created.v1.us.*', 'order.created.v1.us.vip', true],
  ['order.created.v1.us.*', 'order.created.v1.us', false],
  ['order.created.v1.us.*', 'order.created.v1.de.vip', false],
  ['#', 'order.created.v1', true],
  ['#.vip', 'order.created.v1.vip', true],
  ['#.vip', 'order.created.v1', false],
  ['order.#.v1', 'order.v1', true],
])('the binding %s takes the key %s: %j', (binding, key, takes) => {
  expect(matches(binding, key)).toBe(takes)
})
