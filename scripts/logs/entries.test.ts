import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newEntriesIn } from './entries.ts'

let logs: string
beforeEach(() => (logs = mkdtempSync(join(tmpdir(), 'warren-'))))
afterEach(() => rmSync(logs, { recursive: true }))

const log = (handler: string, ...lines: string[]) =>
  appendFileSync(join(logs, `${handler}.log`), lines.map((line) => `${line}\n`).join(''))
const at = (second: number, msg: string, level = 30) =>
  JSON.stringify({ level, time: `2026-01-02T03:04:0${second}.000Z`, msg })
const words = (lines: readonly { line: string }[]) =>
  lines.map(({ line }) => (line.startsWith('{') ? (JSON.parse(line) as { msg: string }).msg : line))

test('the logs of all handlers are one, in the order of time', () => {
  log('orders', at(1, 'one'), at(4, 'four'))
  log('payments', at(2, 'two'), at(3, 'three'))
  expect(words(newEntriesIn(logs, [])())).toEqual(['one', 'two', 'three', 'four'])
})

test('what a process has printed past its log stays behind its last entry, and is urgent', () => {
  log('orders', at(1, 'one'), 'TypeError: x', '    at run (handler.ts:1:1)', at(5, 'five'))
  log('payments', at(2, 'two'))
  const entries = newEntriesIn(logs, [])()
  expect(words(entries)).toEqual(['one', 'TypeError: x', '    at run (handler.ts:1:1)', 'two', 'five'])
  expect(entries.map(({ level }) => level)).toEqual([30, 60, 60, 30, 30])
})

test('only the named handlers are read, and each entry once, also of a handler that starts later', () => {
  log('orders', at(1, 'one'))
  log('payments', at(2, 'two'))
  const read = newEntriesIn(logs, ['orders', 'shipping'])
  expect(words(read())).toEqual(['one'])
  log('orders', at(3, 'three'))
  log('shipping', at(4, 'four'))
  expect(words(read())).toEqual(['three', 'four'])
  expect(read()).toEqual([])
})

test('without logs the remedy is named', () => {
  expect(() => newEntriesIn(join(logs, 'nothing'), [])).toThrow(/nothing does not exist: start the system/)
})
