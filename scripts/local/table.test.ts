import { startLines, type Row } from './table.ts'

const now = new Date('2026-01-02T03:04:05Z')
const tableLines = startLines(() => now)
const secondsAgo = (seconds: number) => new Date(now.getTime() - seconds * 1_000)

const row = (handler: string, rest: Partial<Row> = {}): Row => ({
  handler,
  queued: 0,
  inFlight: 0,
  ready: 0,
  replicas: 0,
  donePerSecond: 0,
  retrying: 0,
  timers: 0,
  retries: 0,
  since: secondsAgo(600),
  dead: 0,
  paused: [],
  blocked: [],
  lastError: undefined,
  ...rest,
})

test('the columns are aligned, whatever the numbers', () => {
  const rows = [
    row('gateway', { ready: 1, replicas: 1 }),
    row('payments', { queued: 12345, inFlight: 40, ready: 1, replicas: 2, donePerSecond: 99.6, paused: ['bank'] }),
    row('orders', { queued: 7, ready: 2, replicas: 2, retrying: 2, timers: 31, retries: 3, dead: 1 }),
  ]
  expect(tableLines(rows, { colours: false })).toEqual([
    'handler   queued  in flight  replicas  done/s  retrying  timers  retries  dead  paused, or last error',
    'gateway        0          0         1       0         0       0        0     0',
    'payments   12345         40    1 of 2     100         0       0        0     0  paused: bank',
    'orders         7          0         2       0         2      31        3     1',
  ])
})

test('totals that the broker did not report are shown as a question mark, not as zero', () => {
  const [, line] = tableLines(
    [row('orders', { queued: undefined, inFlight: undefined, timers: undefined, dead: undefined })],
    {
      colours: false,
    },
  )
  expect(line).toBe('orders        ?          ?         0       0         0       ?        0     ?')
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
    'paused, or last error',
    'blocked: commands, events',
    'paused: bank; blocked: events',
  ])
  expect(tableLines(rows, { colours: true })[1]).toMatch(/\x1b\[31m\s*blocked: commands, events/)
})

test('the last error of a handler stands in the room to the right, with its age', () => {
  const lastError = { at: secondsAgo(12), text: 'TypeError: amount is undefined' }
  const lines = tableLines([row('orders', { lastError }), row('payments', { lastError, paused: ['bank'] })], {
    colours: false,
  })
  expect(lines.slice(1).map((line) => line.slice(lines[0]!.indexOf('paused')))).toEqual([
    '12s ago, TypeError: amount is undefined',
    'paused: bank',
  ])
})

test('a count that ended at its limit shows it', () => {
  const [, line] = tableLines([row('orders', { timers: 10_000 })], { colours: false })
  expect(line).toContain(' 10000+ ')
})

test('at 100 columns a quiet shop shows every figure, and an error takes the room of the least important ones', () => {
  const quiet = tableLines([row('notifications')], { colours: false, width: 99 })
  expect(quiet[0]).toBe('handler        queued  in flight  replicas  done/s  retrying  timers  retries  dead')

  const lastError = { at: secondsAgo(12), text: 'TypeError: amount is undefined' }
  const [titles] = tableLines([row('notifications', { lastError })], { colours: false, width: 99 })
  expect(titles).toBe(
    'handler        queued  in flight  replicas  done/s  retrying  timers  dead  paused, or last error',
  )
})

describe('25 handlers on a screen of 30 lines', () => {
  const names = Array.from({ length: 25 }, (_, index) => `handler-${index + 1}`)
  const some = (awake: number) =>
    names.map((name, index) => (index < awake ? row(name, { ready: 1, replicas: 1 }) : row(name)))

  test('stand in one table, the sleeping ones in one line of it', () => {
    const lines = tableLines(some(8), { colours: false, width: 99, height: 19 })
    expect(lines).toHaveLength(10)
    expect(lines[8]).toMatch(/^handler-8 /)
    expect(lines[9]).toMatch(/^… 17 asleep: handler-9, handler-10, .*, …$/)
    expect(lines[9]!.length).toBeLessThanOrEqual(99)
  })

  test('are cut with a line that names the rest, if all of them are awake', () => {
    const lines = tableLines(some(24), { colours: false, width: 99, height: 19 })
    expect(lines).toHaveLength(19)
    expect(lines[17]).toMatch(/^… 8 more: handler-17, handler-18/)
    expect(lines[18]).toBe('… 1 asleep: handler-25')
  })

  test.each<[string, Partial<Row>]>([
    ['with a queue', { queued: 1 }],
    ['with a dead letter', { dead: 1 }],
    ['whose messages wait for their retry', { retrying: 1 }],
    ['whose counts are unknown', { queued: undefined }],
  ])('show a handler without replicas %s in a row of its own', (_, state) => {
    const rows = [row('sleeping', state), ...some(8)]
    expect(tableLines(rows, { colours: false, width: 99, height: 19 })[1]).toMatch(/^sleeping /)
  })

  test('all have a row if the screen is high enough', () => {
    expect(tableLines(some(8), { colours: false, width: 99, height: 26 })).toHaveLength(26)
  })
})
