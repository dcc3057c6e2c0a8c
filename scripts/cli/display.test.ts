import { jsonDisplay, plainDisplay, terminalDisplay } from './display.ts'
import { tableLines, type Row } from '../local/table.ts'

const clock = () => new Date(2026, 0, 2, 3, 4, 5)

const row = (handler: string, queued: number): Row => ({
  handler,
  queued,
  inFlight: 0,
  ready: 1,
  replicas: 1,
  donePerSecond: 0,
  retrying: 0,
  timers: 0,
  retries: 0,
  since: clock(),
  dead: 0,
  paused: [],
  blocked: [],
  lastError: undefined,
})

function written(size: { columns?: number; rows?: number } = {}) {
  const parts: string[] = []
  return { out: { write: (text: string) => parts.push(text) > 0, ...size }, text: () => parts.join(''), parts }
}

/** What a terminal shows after this text: it knows line feeds, going up and erasing downwards. */
function screen(text: string): string[] {
  const lines = ['']
  let at = 0
  for (const part of text.split(/(\x1b\[\d+A|\x1b\[J|\n)/)) {
    const [, up] = /^\x1b\[(\d+)A$/.exec(part) ?? []
    if (up) at -= Number(up)
    else if (part === '\x1b[J') lines.splice(at, Infinity, '')
    else if (part === '\n') lines[++at] ??= ''
    else lines[at] = `${lines[at]}${part}`
  }
  return lines
}

test('on a terminal the table stays where it is and sentences stand above it', () => {
  const { out, text } = written({ columns: 100, rows: 40 })
  const display = terminalDisplay(out, { colours: false }, tableLines)
  display.say('ready')
  display.show([row('orders', 1), row('payments', 2)])
  display.say('orders: a process was ended by SIGKILL')
  display.show([row('orders', 30), row('payments', 4)])

  expect(screen(text())).toEqual([
    'ready',
    'orders: a process was ended by SIGKILL',
    '',
    expect.stringMatching(/^handler +queued/),
    expect.stringMatching(/^orders +30 /),
    expect.stringMatching(/^payments +4 /),
    '',
  ])

  display.end()
  expect(screen(text())).toEqual(['ready', 'orders: a process was ended by SIGKILL', ''])
})

test('on a small terminal nothing wraps or scrolls, for then it could not be redrawn', () => {
  const { out, text } = written({ columns: 20, rows: 5 })
  terminalDisplay(out, { colours: true }, tableLines).show(['a', 'b', 'c', 'd', 'e'].map((name) => row(name, 1)))

  const lines = text()
    .replace(/\x1b\[\d+m/g, '')
    .split('\n')
  expect(lines.length).toBeLessThanOrEqual(5)
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(20)
})

test('in a file there are the titles once and a line for each row that changed', () => {
  const { out, text } = written()
  const display = plainDisplay(out, clock, tableLines)
  display.show([row('orders', 1), row('payments', 2)])
  display.show([row('orders', 1), row('payments', 2)])
  display.show([row('orders', 1), row('payments', 3)])

  expect(text().trimEnd().split('\n')).toEqual([
    expect.stringMatching(/^ {10}handler +queued/),
    expect.stringMatching(/^03:04:05 {2}orders +1 /),
    expect.stringMatching(/^03:04:05 {2}payments +2 /),
    expect.stringMatching(/^03:04:05 {2}payments +3 /),
  ])
})

test('as JSON every line is a row that changed; sentences are elsewhere', () => {
  const [rows, errors] = [written(), written()]
  const display = jsonDisplay(rows.out, errors.out, clock)
  display.show([row('orders', 1)])
  display.say('ready')
  display.show([row('orders', 1)])

  expect(rows.parts.map((line) => JSON.parse(line))).toEqual([
    JSON.parse(JSON.stringify({ at: clock(), ...row('orders', 1) })),
  ])
  expect(errors.text()).toBe('ready\n')
})

test('on a terminal notes stay above and below the table for as long as they are given', () => {
  const { out, text } = written({ columns: 100, rows: 40 })
  const display = terminalDisplay(out, { colours: false }, tableLines)
  const note = 'RabbitMQ was ended by SIGKILL'
  display.show([row('orders', 1)], { above: [note], below: ['since noon'] })
  display.show([row('orders', 2)], { above: [note], below: ['since noon'] })
  expect(screen(text())).toEqual([
    '',
    note,
    expect.stringMatching(/^handler +queued/),
    expect.stringMatching(/^orders +2/),
    'since noon',
    '',
  ])
  display.show([row('orders', 3)])
  expect(screen(text())).toEqual([
    '',
    expect.stringMatching(/^handler +queued/),
    expect.stringMatching(/^orders +3/),
    '',
  ])
})

test('on a narrow terminal the figures leave first, and what needs attention stays readable', () => {
  const { out, text } = written({ columns: 50, rows: 40 })
  const rows = [{ ...row('notifications', 1), dead: 7, paused: ['bank'] }]
  terminalDisplay(out, { colours: false }, tableLines).show(rows)
  expect(screen(text())).toEqual([
    '',
    'handler        replicas  dead  paused, or last er',
    'notifications         1     7  paused: bank',
    '',
  ])
})
