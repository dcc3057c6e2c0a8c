import { spawnSync } from 'node:child_process'
import { parse } from '../../cli/command.ts'
import { loadCommand, requested } from './load-command.ts'

const read = (...args: string[]) => requested(parse(loadCommand, args)!)

test('a load has a number of orders and a rate; a check has a file', () => {
  expect(read('--orders', '5000', '--rate', '500', '--vip', '5')).toEqual({
    does: 'load',
    orders: 5_000,
    rate: 500,
    vip: 5,
    data: '.warren',
  })
  expect(read()).toMatchObject({ does: 'load', orders: 1_000, rate: 100, vip: 0 })
  expect(read('--check', 'a.jsonl', '--data', 'there')).toEqual({ does: 'check', file: 'a.jsonl', data: 'there' })
})

test('wrong values are refused in a sentence', () => {
  expect(() => read('--rate', '0')).toThrow('--rate must be a whole number from 1 up (got 0)')
  expect(() => read('--url', 'http://127.0.0.1:1')).toThrow('--url needs --token')
  expect(() => read('5000')).toThrow('5000')
})

test('the command starts in a repository that is not built', () => {
  const { status, stdout } = spawnSync(process.execPath, ['scripts/warren.mjs', 'shop/load', '--help'], {
    encoding: 'utf8',
  })
  expect([status, stdout]).toEqual([0, expect.stringMatching(/^Places orders/)])
})
