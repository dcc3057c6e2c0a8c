import type { DeadLetter } from '#runtime/redrive/letter.ts'
import { group, listing, type Group } from './list.ts'

const now = new Date('2026-03-10T12:00:00Z')
const letter = (changes: Partial<DeadLetter>): DeadLetter => ({
  handler: 'payments',
  id: 'a',
  type: 'payment.capture.v1',
  reason: 'exhausted',
  error: 'Error: old',
  stack: undefined,
  diedAt: new Date('2026-03-10T10:00:00Z'),
  since: undefined,
  attempts: 6,
  redrives: 0,
  scheduledRedrives: 0,
  version: undefined,
  origin: { user: 'orders', key: 'payment.capture.v1' },
  ...changes,
})
const listed = (...letters: DeadLetter[]) => {
  const groups = new Map<string, Group>()
  letters.forEach((one) => group(groups, one))
  return listing([...groups.values()], now)
}

test('letters are counted by handler, type and reason, with the ages of the oldest and the newest, in aligned columns', () => {
  expect(
    listed(
      letter({}),
      letter({ diedAt: new Date('2026-03-10T11:59:30Z'), error: 'Error: new' }),
      letter({ diedAt: new Date('2026-03-01T12:00:00Z'), error: 'Error: older' }),
      letter({ reason: 'malformed', diedAt: undefined }),
      letter({ handler: 'inventory', type: 'stock.reserve.v1' }),
    ),
  ).toEqual([
    'handler    type                reason     count  oldest  newest  error of the newest',
    'inventory  stock.reserve.v1    exhausted      1  2h      2h      Error: old',
    'payments   payment.capture.v1  exhausted      3  9d      30s     Error: new',
    'payments   payment.capture.v1  malformed      1  ?       ?       Error: old',
  ])
})

test('an empty list is a sentence', () => {
  expect(listed()).toEqual(['No dead letters.'])
})

test('text from producers cannot move the cursor or colour the terminal', () => {
  const [, row] = listed(letter({ type: 'a\u001b[2J', error: 'b\r\nc \u202e' }))

  expect(row).toContain('a\\u001b[2J')
  expect(row).toContain('b\\u000d\\u000ac \\u202e')
})
