import { framesOf, stackOf } from './error-text.ts'

test('an error that quotes a message of slashes is described at once', () => {
  const error = new Error('/'.repeat(100_000))
  const began = performance.now()
  expect(stackOf(error)).toContain('/'.repeat(100_000))
  expect(framesOf(error)).toContain('positions.test.ts')
  expect(performance.now() - began).toBeLessThan(1_000)
})

test.each([['(/'], ['    at '], [' \n'], ['\n    at /'], ['/a.cjs:1:'], ['    at (/.cjs:']])(
  'so is one of many %j',
  (part) => {
    const began = performance.now()
    stackOf(new Error(part.repeat(30_000)))
    expect(performance.now() - began).toBeLessThan(1_000)
  },
)
