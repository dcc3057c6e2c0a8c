import { nearest } from './nearest.ts'

const keys = ['handles', 'subscribes', 'emits', 'sends', 'concurrency', 'timeout', 'retry', 'scale', 'database', 'env']

test.each([
  ['databse', 'database'],
  ['Database', 'database'],
  ['subscribe', 'subscribes'],
  ['concurrent', 'concurrency'],
  ['retries', 'retry'],
  ['tiemout', 'timeout'],
  ['environment', 'env'],
])('%s most likely stands for %s', (word, meant) => {
  expect(nearest(word, keys, 0.45)).toBe(meant)
})

test.each(['replicas', 'x', 'memory', ''])('%s stands for none of the words', (word) => {
  expect(nearest(word, keys, 0.45)).toBeUndefined()
})

test('of long words only a few letters may be wrong', () => {
  const types = ['payment.authorize.v1', 'payment.capture.v1']
  expect(nearest('payment.autorise.v1', types, 0.25)).toBe('payment.authorize.v1')
  expect(nearest('payment.refund.v1', types, 0.25)).toBeUndefined()
})
