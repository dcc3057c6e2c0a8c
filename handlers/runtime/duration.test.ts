import { milliseconds, type Duration } from './duration.ts'

test.each<[Duration, number]>([
  ['0s', 0],
  ['250ms', 250],
  ['1.5s', 1_500],
  ['30s', 30_000],
  ['5m', 300_000],
  ['2h', 7_200_000],
  ['30d', 2_592_000_000],
])('%s is %i milliseconds', (duration, length) => {
  expect(milliseconds(duration)).toBe(length)
})

test.each(['', '30', 's', '-1s', '30 s', '30S', '1e3s', '.5s', '5.s', '1h30m', '30sec', '30s\n', 'NaNs', 'Infinitys'])(
  '%j is not a duration, and the error names the valid format',
  (text) => {
    expect(() => milliseconds(text)).toThrow(
      new TypeError(`"${text}" is not a duration: write a number and ms, s, m, h or d, such as 30s`),
    )
  },
)

test('an invalid duration is a compile error', () => {
  // @ts-expect-error there is no such unit
  const weeks: Duration = '3w'
  // @ts-expect-error a number alone says nothing
  const bare: Duration = '30'
  expect([weeks, bare]).toHaveLength(2)
})
