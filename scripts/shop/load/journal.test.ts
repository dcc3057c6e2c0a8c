import { appendFileSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { driverBook } from './driver-book.ts'
import { openJournal, readJournal } from './journal.ts'

const order = { customer: 'c', key: 'k', case: 'approved' as const, lines: [{ sku: 'PEN-1', quantity: 1 }] }
const answer = (request: number, status: number | string, orderId?: string) =>
  ({ is: 'answer', request, to: 'order', status, ...(orderId && { orderId, total: 100 }), ms: 1 }) as const

function written() {
  const journal = openJournal(join(mkdtempSync(join(tmpdir(), 'warren-load-')), 'load.jsonl'))
  journal.write({
    is: 'start',
    gateway: 'http://127.0.0.1:1',
    orders: 5,
    rate: 1,
    customers: ['c'],
    prices: { 'PEN-1': 100 },
  })
  return journal
}

test('a file that ends in the middle of a line is read up to that line', () => {
  const { path, write } = written()
  write({ is: 'order', request: 1, ...order })
  appendFileSync(path, '{"is":"answer","request":1,"to":"ord')

  expect(driverBook(readJournal(path)).asked).toEqual([
    { number: 1, case: 'approved', lines: order.lines, accepted: [], refused: undefined },
  ])
})

test('another file is refused, and the error names the line', () => {
  const { path } = written()
  appendFileSync(path, '{"is":"something else"}\n')

  expect(() => readJournal(path)).toThrow(`${path}:2 is not a line of a load's file`)
})

test('only a 202 or a refusal settles what became of a request', () => {
  const { path, write } = written()
  const statuses = [202, 422, 503, 'timeout', 429]
  statuses.forEach((status, index) => {
    write({ is: 'order', request: index + 1, ...order })
    write(answer(index + 1, status, status === 202 ? 'o-1' : undefined))
  })

  const { asked } = driverBook(readJournal(path))
  expect(asked.map(({ accepted }) => accepted.length)).toEqual([1, 0, 0, 0, 0])
  expect(asked.map(({ refused }) => refused)).toEqual([undefined, 422, undefined, undefined, undefined])
})

test('a repeated request keeps every answer, so that two orders for one key are found', () => {
  const { path, write } = written()
  write({ is: 'order', request: 1, ...order })
  write(answer(1, 202, 'o-1'))
  write({ is: 'again', request: 1 })
  write(answer(1, 202, 'o-2'))

  expect(driverBook(readJournal(path)).asked[0]?.accepted.map(({ orderId }) => orderId)).toEqual(['o-1', 'o-2'])
})
