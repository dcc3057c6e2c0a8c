import * as z from 'zod'
import { event } from './contract.ts'
import { at, delay } from './later.ts'

const Reminded = event('person.reminded.v1', { name: z.string() })

test('a delayed message carries the time at which it is due', () => {
  const due = new Date('2030-01-01T12:00:00Z')
  const message = Reminded({ name: 'Ada' })
  expect(at(due, message)).toEqual({ due, message })
})

test('a delay is relative: the database, in which it is stored, knows from when it counts', () => {
  const message = Reminded({ name: 'Ada' })
  expect(delay('2h', message)).toEqual({ due: { after: 7_200_000 }, message })
})

test('an invalid delay is a compile error, and an error at run time', () => {
  // @ts-expect-error there is no such unit
  expect(() => delay('2 hours', Reminded({ name: 'Ada' }))).toThrow('"2 hours" is not a duration')
})
