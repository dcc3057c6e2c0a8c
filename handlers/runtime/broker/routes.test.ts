import { jest } from '@jest/globals'
import type { Publication } from './fate.ts'
import { BlockedRoutes } from './routes.ts'

const to = (exchange: string, key: string, type: string): Publication => ({
  exchange,
  key,
  content: Buffer.from('{}'),
  options: { type },
})
const created = to('events', 'order.created.v1.us', 'order.created.v1')

beforeEach(() => {
  jest.useFakeTimers()
})
afterEach(() => {
  jest.useRealTimers()
})

test('a refused message blocks its type, with any further words in the routing key', () => {
  const routes = new BlockedRoutes()
  expect(routes.learn(created, 'refused')).toBe(true)
  expect(routes.learn(created, 'refused')).toBe(false)
  expect(routes.closesChannel(to('events', 'order.created.v1.eu', 'order.created.v1'))).toBe(true)
  expect(routes.closesChannel(to('events', 'order.confirmed.v1', 'order.confirmed.v1'))).toBe(false)
  expect(routes.all).toMatchObject([{ exchange: 'events', what: 'order.created.v1', fate: 'refused' }])
})

test('retries and dead letters are blocked by their routing key', () => {
  const routes = new BlockedRoutes()
  routes.learn(to('delay', '1s.orders', 'order.place.v1'), 'missing')
  expect(routes.closesChannel(to('delay', '1s.orders', 'order.cancel.v1'))).toBe(true)
  expect(routes.closesChannel(to('delay', '5s.orders', 'order.place.v1'))).toBe(false)
})

test('one message a second tries a route that closes channels, and the first that is confirmed frees it', () => {
  const routes = new BlockedRoutes()
  routes.learn(created, 'refused')
  expect(routes.mayTry(created)).toBe(false)
  jest.advanceTimersByTime(1_000)
  expect([routes.mayTry(created), routes.mayTry(created)]).toEqual([true, false])
  expect(routes.learn(created, 'confirmed')).toBe(true)
  expect([routes.closesChannel(created), routes.mayTry(created)]).toEqual([false, true])
})

test('a clock that is set back by an hour does not postpone the next try', () => {
  const routes = new BlockedRoutes()
  routes.learn(created, 'refused')
  jest.setSystemTime(Date.now() - 3_600_000)
  jest.advanceTimersByTime(1_000)
  expect(routes.mayTry(created)).toBe(true)
})

test('a route on which nothing has been tried for half a minute is free: what waited for it went another way', () => {
  const routes = new BlockedRoutes()
  routes.learn(created, 'refused')
  jest.advanceTimersByTime(30_000)
  expect(routes.all).toHaveLength(1)
  jest.advanceTimersByTime(1)
  expect(routes.all).toEqual([])
  expect(routes.closesChannel(created)).toBe(false)
})

test('a route without a queue is reported, and every message on it is tried: none of them closes a channel', () => {
  const routes = new BlockedRoutes()
  expect(routes.learn(created, 'returned')).toBe(true)
  expect(routes.all).toMatchObject([{ what: 'order.created.v1', fate: 'returned' }])
  expect([routes.closesChannel(created), routes.mayTry(created), routes.mayTry(created)]).toEqual([false, true, true])
  expect(routes.learn(created, 'confirmed')).toBe(true)
  expect(routes.all).toEqual([])
})

test.each(['nacked', 'unknown', 'unencodable'] as const)('a message that is %s blocks nothing', (fate) => {
  const routes = new BlockedRoutes()
  expect(routes.learn(created, fate)).toBe(false)
  expect(routes.closesChannel(created)).toBe(false)
})
