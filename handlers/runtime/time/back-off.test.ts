import { backOff, probePause } from './back-off.ts'

const sample = (pause: () => number) => Array.from({ length: 1_000 }, pause)

test('a dependency that is down is probed every one to five seconds, and not by all replicas at once', () => {
  const pauses = sample(probePause)
  expect(Math.min(...pauses)).toBeGreaterThanOrEqual(1_000)
  expect(Math.max(...pauses)).toBeLessThanOrEqual(5_000)
  expect(new Set(pauses).size).toBeGreaterThan(900)
})

test('the limit of a back-off doubles with each failure and ends at the longest pause', () => {
  const limits = { shortest: 100, longest: 1_000 }
  for (const [failures, limit] of [
    [1, 200],
    [2, 400],
    [3, 800],
    [4, 1_000],
    [50, 1_000],
  ] as const) {
    const pauses = sample(() => backOff(failures, limits))
    expect(Math.max(...pauses)).toBeLessThanOrEqual(limit)
    expect(Math.max(...pauses)).toBeGreaterThan(0.9 * limit)
    expect(Math.min(...pauses)).toBeLessThan(0.1 * limit)
  }
})
