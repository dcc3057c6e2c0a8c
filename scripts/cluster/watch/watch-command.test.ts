import { parse } from '../../cli/command.ts'
import { watchCommand } from './watch-command.ts'

const read = (...args: string[]) => parse(watchCommand, args)

test('by default it is the live table of the namespace that package.json sets', () => {
  expect(read()).toEqual({ namespace: 'shop', once: false, json: false, record: undefined })
})

test('it can be asked once, as JSON, recorded, and elsewhere', () => {
  expect(read('--once', '--json', '--record', 'scaling.txt', '--namespace', 'mine')).toEqual({
    namespace: 'mine',
    once: true,
    json: true,
    record: 'scaling.txt',
  })
  expect(() => read('--often')).toThrow('there is no option --often')
})
