import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newLinesOf } from './log-lines.ts'

let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'warren-'))
  file = join(folder, 'orders.log')
})
afterEach(() => rmSync(folder, { recursive: true }))

test('each line is read once, when it is complete', () => {
  const read = newLinesOf(file)
  expect(read()).toEqual([])
  appendFileSync(file, 'first\nsec')
  expect(read()).toEqual(['first'])
  expect(read()).toEqual([])
  appendFileSync(file, 'ond\nthird\n')
  expect(read()).toEqual(['second', 'third'])
})

test('a character whose bytes arrive apart stays whole', () => {
  const read = newLinesOf(file)
  const bytes = Buffer.from('früh\n')
  appendFileSync(file, bytes.subarray(0, 3))
  expect(read()).toEqual([])
  appendFileSync(file, bytes.subarray(3))
  expect(read()).toEqual(['früh'])
})

test('a file that was begun anew is read from its beginning', () => {
  const read = newLinesOf(file)
  appendFileSync(file, 'a long line of the run before\n')
  read()
  writeFileSync(file, 'new\n')
  expect(read()).toEqual(['new'])
})

test('another file that has taken its name is read from its beginning, however long it is', () => {
  const read = newLinesOf(file)
  appendFileSync(file, 'old\n')
  read()
  renameSync(file, `${file}.1`)
  appendFileSync(file, 'much longer than the old one\n')
  expect(read()).toEqual(['much longer than the old one'])
})

test('of a file that grows by a hundred megabytes only the end is read, in whole lines', () => {
  const read = newLinesOf(file)
  const line = `${'x'.repeat(999)}\n`
  for (let megabyte = 0; megabyte < 100; megabyte++) appendFileSync(file, line.repeat(1_000))
  const lines = read()
  expect(lines.length).toBeGreaterThan(1_000)
  expect(lines.length).toBeLessThan(1_100)
  expect(new Set(lines)).toEqual(new Set(['x'.repeat(999)]))
})

test('reading may begin at the end', () => {
  appendFileSync(file, 'old\n')
  const read = newLinesOf(file, { skip: true })
  appendFileSync(file, 'new\n')
  expect(read()).toEqual(['new'])
})
