import { tableLines, type Row } from './table.ts'

const row = (handler: string, rest: Partial<Row> = {}): Row => ({
  handler,
  queued: 0,
  inFlight: 0,
  ready: 0,
  replicas: 0,
  donePerSecond: 0,
  retries: 0,
  dead: 0,
  paused: [],
  blocked: [],
  ...rest,
})

test('the columns are aligned, whatever the numbers', () => {
  const rows = [
    row('gateway', { ready: 1, replicas: 1 }),
    row('payments', { queued: 12345, inFlight: 40, ready: 1, replicas: 2, donePerSecond: 99.6, paused: ['bank'] }),
    row('orders', { queued: 7, ready: 2, replicas: 2, retries: 3, dead: 1 }),
  ]
  expect(tableLines(rows, { colours: false })).toEqual([
    'handler   queued  in flight  replicas  done/s  retries  dead  paused',
    'gateway        0          0         1       0        0     0',
    'payments   12345         40    1 of 2     100        0     0  bank',
    'orders         7          0         2       0        3     1',
  ])
})

test('totals that the broker did not report are shown as a question mark, not as zero', () => {
  const [, line] = tableLines([row('orders', { queued: undefined, inFlight: undefined, dead: undefined })], {
    colours: false,
  })
  expect(line).toBe('orders        ?          ?         0       0        0     ?')
})

test('the text of the table is the same with and without colours', () => {
  const rows = [row('payments', { ready: 1, replicas: 2, dead: 4, paused: ['bank'] })]
  const coloured = tableLines(rows, { colours: true })
  expect(coloured.join()).toMatch(/\x1b\[31m\s*4\x1b\[0m/)
  expect(coloured.map((line) => line.replace(/\x1b\[\d+m/g, '').trimEnd())).toEqual(
    tableLines(rows, { colours: false }),
  )
})

test('messages that the broker does not accept are shown in red, beside the dependencies that the handler waits for', () => {
  const rows = [
    row('orders', { blocked: ['commands', 'events'] }),
    row('payments', { paused: ['bank'], blocked: ['events'] }),
  ]
  const lines = tableLines(rows, { colours: false })
  const column = lines[0]!.indexOf('paused')
  expect(lines.map((line) => line.slice(column))).toEqual([
    'paused',
    'blocked: commands, events',
    'bank; blocked: events',
  ])
  expect(tableLines(rows, { colours: true })[1]).toMatch(/\x1b\[31m\s*blocked: commands, events/)
})
