import { DatabaseLost } from '../database/lost.ts'
import { Unavailable } from '../failures.ts'
import { Health } from './health.ts'

const lost = new DatabaseLost(new Error('connection refused'))
const times = (count: number, act: () => void) => Array.from({ length: count }).forEach(act)

let health: Health
beforeEach(() => {
  health = new Health(() => undefined)
  health.begins()
})

test('five losses in a row pause the handler, and callers get the reason without waiting', () => {
  times(4, () => health.failed(lost))
  expect(health.paused).toBeUndefined()
  expect(health.unusable(true)).toBeUndefined()
  health.failed(lost)
  expect(health.paused).toBe('database')
  expect(health.pausedByDatabase).toBe(true)
  expect(health.unusable(true)).toBe(lost)
})

test('the first answer of a lost database lets callers in again, the fifth ends the pause', () => {
  times(5, () => health.failed(lost))
  health.answered()
  expect(health.unusable(true)).toBeUndefined()
  expect(health.databaseLost).toBe(true)
  times(4, () => health.answered())
  expect(health.paused).toBeUndefined()
  expect(health.databaseLost).toBe(false)
})

test('while another dependency is down, callers need only the database', () => {
  times(5, () => health.failed(new Unavailable('bank')))
  health.failed(lost)
  expect(health.paused).toBe('bank')
  expect(health.pausedByDatabase).toBe(false)
  expect(health.unusable(true)).toBeUndefined()
})
