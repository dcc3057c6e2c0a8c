import * as z from 'zod'
import { event } from './contract.ts'
import { at, cancel, delay, isOwnName } from './later.ts'

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

test('a message for later is cancelled by the name that it was given, which no deadline of a saga can have', () => {
  const { name } = delay('2h', Reminded({ name: 'Ada' }), { name: 'reminder 1' })
  expect(cancel('reminder 1')).toEqual({ cancels: name })
  expect([isOwnName(name!), isOwnName('checkout:4711')]).toEqual([true, false])
})

test.each(['', 'a\0b', 'x'.repeat(201)])('a name that the database could not keep is refused: %j', (name) => {
  expect(() => cancel(name)).toThrow('cannot name a message for later: write 1 to 200 characters')
})
