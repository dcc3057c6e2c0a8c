import * as z from 'zod'
import { event } from './contract.ts'
import { at, delay } from './later.ts'

const Reminded = event('person.reminded.v1', { name: z.string() })

test('a delayed message carries the time at which it is due', () => {
  const due = new Date('2030-01-01T12:00:00Z')
  const message = Reminded({ name: 'Ada' })
  expect(at(due, message)).toEqual({ due, message })
})

test('a delay counts from now', () => {
  const before = Date.now()
  const { due } = delay('2h', Reminded({ name: 'Ada' }))
  const after = Date.now()
  expect(due.getTime()).toBeGreaterThanOrEqual(before + 7_200_000)
  expect(due.getTime()).toBeLessThanOrEqual(after + 7_200_000)
})

test('an invalid delay is a compile error, and an error at run time', () => {
  // @ts-expect-error there is no such unit
  expect(() => delay('2 hours', Reminded({ name: 'Ada' }))).toThrow('"2 hours" is not a duration')
})
