import { readableLines } from './readable.ts'

const entry = (fields: object) =>
  JSON.stringify({ level: 40, time: '2026-01-02T03:04:05.678Z', handler: 'orders', name: 'orders', ...fields })

const plain = async (line: string) => (await readableLines({ colours: false }))(line)

test('a person reads time, level, handler, words and fields in one line, and below it the error with its stack', async () => {
  const line = entry({
    messageId: '5f0c1a0e-8d5b-4e0e-9a39-0d2f5d6b7c11',
    type: 'order.place.v1',
    correlationId: 'a-1',
    causationId: 'b-2',
    traceparent: '00-x-y-01',
    attempt: 2,
    tier: '5s',
    reason: 'Error: no paper (statement: select 1)',
    stack: '    at print (handlers/orders/handler.ts:12:5)\n    at run (handlers/orders/handler.ts:3:1)',
    msg: 'put off',
  })
  expect((await plain(line)).split('\n')).toEqual([
    expect.stringMatching(
      /^\[\d\d:\d\d:05\.678\] WARN \(orders\): put off {2}order\.place\.v1 {2}messageId=5f0c1a0e-8d5b-4e0e-9a39-0d2f5d6b7c11 {2}correlationId=a-1 {2}attempt=2 {2}tier=5s$/,
    ),
    '    Error: no paper (statement: select 1)',
    '    at print (handlers/orders/handler.ts:12:5)',
    '    at run (handlers/orders/handler.ts:3:1)',
    '',
  ])
})

test('an error that a handler has logged is shown with its statement and its stack', async () => {
  const err = { type: 'Error', message: 'x', statement: 'select 2', stack: 'Error: x\n    at a (b.ts:1:2)' }
  expect((await plain(entry({ err, msg: 'request failed' }))).split('\n').slice(1)).toEqual([
    '    statement: select 2',
    '    Error: x',
    '    at a (b.ts:1:2)',
    '',
  ])
})

test('counts of outputs stay in the line', async () => {
  expect(await plain(entry({ outputs: { 'order.created.v1': 2 }, msg: 'handled' }))).toMatch(
    /\(orders\): handled {2}outputs=\{"order\.created\.v1":2\}\n$/,
  )
})

test('the reason of an information stays in the line', async () => {
  expect(await plain(entry({ level: 30, reason: 'SIGTERM', msg: 'leaving' }))).toMatch(
    /INFO \(orders\): leaving {2}reason=SIGTERM\n$/,
  )
})

test('what is not JSON stays as it is', async () => {
  expect(await plain('    at run (handler.ts:1:1)')).toBe('    at run (handler.ts:1:1)\n')
  expect(await plain('42')).toBe('42\n')
})

test.each([
  ['words', entry({ msg: '\u001b[2Jx' })],
  ['a field', entry({ msg: 'x', text: '\u001b[31m \u202e' })],
  ['the name of a field', entry({ msg: 'x', '\u001b[31m': 1 })],
  ['an error', entry({ msg: 'x', reason: '\u001b]0;title\u0007', stack: '    at \u001b[1A\r' })],
  ['the name of the handler', entry({ msg: 'x', name: '\u001b[31m' })],
  ['a time', entry({ msg: 'x', time: '\u001b[31m' })],
  ['a level', entry({ msg: 'x', level: '\u001b[31m' })],
  ['a line that is not JSON', '\u001b[2J'],
])('%s cannot move the cursor or set colours', async (_, line) => {
  expect(await plain(line)).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/)
})

test('on a terminal the level is in colour', async () => {
  expect((await readableLines({ colours: true }))(entry({ msg: 'x' }))).toMatch(/\u001b\[33mWARN\u001b\[39m/)
})
