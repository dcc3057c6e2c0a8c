import { lastErrorIn } from './last-error.ts'

const time = '2026-01-02T03:04:05.000Z'
const at = new Date(time)
const now = new Date('2026-01-02T03:04:06.000Z')
const line = (level: number, fields: object) => JSON.stringify({ level, time, handler: 'orders', ...fields })

test.each<[string, string[], string | undefined]>([
  [
    'the reason of a message that was put off',
    [line(40, { reason: 'Error: no paper', msg: 'put off' })],
    'Error: no paper',
  ],
  [
    'an error that the handler logs',
    [line(50, { err: { type: 'TypeError', message: 'x' }, msg: 'no' })],
    'TypeError: x',
  ],
  ['the words of an error without a reason', [line(50, { msg: 'saga stuck' })], 'saga stuck'],
  [
    'the latest of several',
    [line(50, { msg: 'first' }), line(50, { msg: 'second' }), line(30, { msg: 'ready' })],
    'second',
  ],
  ['none in a warning without a reason', [line(40, { msg: 'the dependency answers again' })], undefined],
  ['none in information, even if it quotes one', [line(30, { msg: '"level":50', reason: 'x' })], undefined],
  ['none in a line that is torn', ['"level":50,"msg":"x"}'], undefined],
])('%s', (_, lines, text) => {
  expect(lastErrorIn(lines, now)).toEqual(text === undefined ? undefined : { at, text })
})

test('an error that ends the process counts when it is found', () => {
  const printed = ['/app/handler.cjs:1', 'throw new TypeError("x")', '', 'TypeError: x', '    at run (handler.ts:1:1)']
  expect(lastErrorIn(printed, now)).toEqual({ at: now, text: 'TypeError: x' })
})
