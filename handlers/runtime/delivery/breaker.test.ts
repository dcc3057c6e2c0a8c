import fc from 'fast-check'
import { Breaker } from './breaker.ts'

/** A breaker, and what it told. */
function breakerOf() {
  const told: [string, boolean][] = []
  return { told, breaker: new Breaker((dependency, open) => told.push([dependency, open])) }
}

const times = (count: number, act: () => void) => Array.from({ length: count }, act)

test('five failures in a row open the breaker, which names the dependency that failed last', () => {
  const { breaker, told } = breakerOf()
  times(4, () => breaker.failed('database'))
  expect(breaker.open).toBeUndefined()
  breaker.failed('bank')
  expect(breaker.open).toBe('bank')
  expect(told).toEqual([['bank', true]])
})

test('one success between failures keeps the breaker closed', () => {
  const { breaker, told } = breakerOf()
  times(4, () => breaker.failed('bank'))
  breaker.succeeded()
  times(4, () => breaker.failed('bank'))
  expect(breaker.open).toBeUndefined()
  expect(told).toEqual([])
})

test('five successful probes in a row close the breaker, which is reported once', () => {
  const { breaker, told } = breakerOf()
  times(5, () => breaker.failed('bank'))
  expect(breaker.recovering).toBe(false)
  times(4, () => breaker.succeeded())
  expect([breaker.open, breaker.recovering]).toEqual(['bank', true])
  breaker.succeeded()
  expect([breaker.open, breaker.recovering]).toEqual([undefined, false])
  expect(told).toEqual([
    ['bank', true],
    ['bank', false],
  ])
})

test('a failed probe restarts the recovery', () => {
  const { breaker } = breakerOf()
  times(5, () => breaker.failed('bank'))
  times(4, () => breaker.succeeded())
  breaker.failed('bank')
  expect([breaker.open, breaker.recovering]).toEqual(['bank', false])
  times(4, () => breaker.succeeded())
  expect(breaker.open).toBe('bank')
})

test('in any sequence, the breaker is open exactly between five failures and five successes in a row, and each change is reported once', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 200 }), (outcomes) => {
      const { breaker, told } = breakerOf()
      let open = false
      let row: boolean[] = []
      let changes = 0
      for (const success of outcomes) {
        if (success) breaker.succeeded()
        else breaker.failed('bank')
        row = row.at(-1) === success ? [...row, success] : [success]
        const changed = row.length >= 5 && success === open
        if (changed) {
          open = !open
          changes += 1
          row = open ? row : []
        }
        expect(breaker.open).toBe(open ? 'bank' : undefined)
      }
      expect(told.map(([, now]) => now)).toEqual(Array.from({ length: changes }, (_, index) => index % 2 === 0))
    }),
  )
})
