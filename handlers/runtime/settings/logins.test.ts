import { loginsAt } from './logins.ts'

/** The outcomes of logins, each after some seconds; returns the seconds at which the process gave up. */
function givesUpAt(outcomes: readonly (readonly [second: number, outcome: 'refused' | 'accepted' | 'unreachable'])[]) {
  let clock = 0
  const gaveUp: number[] = []
  const tried = loginsAt(
    () => gaveUp.push(clock / 1_000),
    () => clock,
  )
  for (const [second, outcome] of outcomes) {
    clock = second * 1_000
    tried({ refused: outcome === 'refused' })
  }
  return gaveUp
}

test('a minute of nothing but refused logins is given up, not a refused login before that', () => {
  const refused = (second: number) => [second, 'refused'] as const
  expect(givesUpAt([0, 10, 30, 59].map(refused))).toEqual([])
  expect(givesUpAt([0, 10, 30, 59, 61].map(refused))).toEqual([61])
})

test('an accepted login, or a server that does not answer, starts the minute again', () => {
  for (const other of ['accepted', 'unreachable'] as const) {
    expect(
      givesUpAt([
        [0, 'refused'],
        [40, other],
        [50, 'refused'],
        [70, 'refused'],
        [111, 'refused'],
      ]),
    ).toEqual([111])
  }
})
