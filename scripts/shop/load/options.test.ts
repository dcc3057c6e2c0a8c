import { readCommand } from './options.ts'

test('a load says how many orders and how fast; a check names a file', () => {
  expect(readCommand(['--orders', '5000', '--rate', '500'])).toEqual({
    does: 'load',
    orders: 5_000,
    rate: 500,
    data: '.warren',
  })
  expect(readCommand([])).toMatchObject({ does: 'load', orders: 1_000, rate: 100 })
  expect(readCommand(['--check', 'a.jsonl', '--data', 'there'])).toEqual({
    does: 'check',
    file: 'a.jsonl',
    data: 'there',
  })
  expect(readCommand(['--help'])).toBeUndefined()
})

test('what cannot be meant is refused in a sentence', () => {
  expect(() => readCommand(['--rate', '0'])).toThrow('--rate must be a whole number from 1 up (got 0)')
  expect(() => readCommand(['--url', 'http://127.0.0.1:1'])).toThrow('--url needs --token')
  expect(() => readCommand(['5000'])).toThrow('5000')
})
