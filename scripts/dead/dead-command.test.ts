import { parse } from '../cli/command.ts'
import { deadCommand, requested } from './dead-command.ts'

function read(...args: string[]) {
  const values = parse(deadCommand(['payments']), args)
  return values && requested(values)
}

test('no arguments, or --help, print the help', () => {
  expect(read()).toBeUndefined()
  expect(read('redrive', '--help')).toBeUndefined()
})

test('options select the letters, their number and the rate', () => {
  expect(
    read('redrive', '--handler', 'payments', '--type', 't.a.v1', '--error', 'timeout', '--limit', '7', '--rate', '100'),
  ).toEqual({
    verb: 'redrive',
    handler: 'payments',
    filter: { type: 't.a.v1', error: 'timeout', id: undefined },
    limit: 7,
    rate: 100,
    dryRun: false,
    yes: false,
    json: false,
    data: '.warren',
    outside: false,
  })
  expect(read('list')).toMatchObject({ handler: undefined, limit: Infinity, rate: 50 })
  expect(read('show')).toMatchObject({ limit: 10 })
})

test('invalid options are refused with a sentence that contains the remedy', () => {
  expect(() => read('resend')).toThrow('<command> must be one of list, show, redrive, discard (got resend)')
  expect(() => read('list', 'payments')).toThrow('(got list payments)')
  expect(() => read('list', '--handler', 'billing')).toThrow(
    '--handler must be one of payments, unrouted (got billing)',
  )
  expect(() => read('redrive', '--limit', '0')).toThrow('--limit must be a whole number from 1 up (got 0)')
  expect(() => read('redrive', '--speed', '9')).toThrow('--speed')
})
