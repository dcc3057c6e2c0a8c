import { describe as describeError } from './error-text.ts'
import { blame } from './failed-statement.ts'

const failed = (text: string, message = 'duplicate key value') => {
  const error = new Error(message)
  blame(error, text)
  return error
}

test('the description of a failed statement has its SQL text in one line', () => {
  expect(describeError(failed('\n  insert into effects (id)\n  values ($1)\n'))).toBe(
    'Error: duplicate key value (statement: insert into effects (id) values ($1))',
  )
})

test('an error that a handler made of it names the statement too', () => {
  const error = new Error('the order could not be stored', { cause: failed('select 1') })
  expect(describeError(error)).toBe('Error: the order could not be stored (statement: select 1)')
})

test('a long message leaves room for the statement, and a long statement is cut', () => {
  const text = describeError(failed(`select ${'x, '.repeat(1_000)}`, 'm'.repeat(90_000)), 512)
  expect(text).toHaveLength(512)
  expect(text).toMatch(/^Error: m{100,} \(statement: select (x, )+.*…\)$/)
})

test('an error that is its own cause is described', () => {
  const error = new Error('circular')
  error.cause = error
  expect(describeError(error)).toBe('Error: circular')
})
