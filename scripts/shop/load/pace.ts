import { setTimeout as pause } from 'node:timers/promises'

/**
 * Starts calls at a steady rate, whether or not earlier ones have ended: customers do not wait for each other. Only while `most`
 * are under way does the next one wait, so that a shop that is down is not buried under open requests.
 *
 * @param begin gets a number from 1 up, and when it was due, in milliseconds of `performance.now()`
 * @returns when all have ended
 */
export async function atRate(
  { count, rate, most }: { count: number; rate: number; most: number },
  begin: (number: number, due: number) => Promise<void>,
): Promise<void> {
  const start = performance.now()
  let underWay = 0
  let ended = () => {}
  let failure: { readonly error: unknown } | undefined
  const oneEnds = () => new Promise<void>((resolve) => (ended = resolve))

  for (let number = 1; number <= count && !failure; number++) {
    const due = start + ((number - 1) / rate) * 1_000
    // Timers have a resolution of a millisecond, so calls that are due within one start together.
    if (due - performance.now() > 1) await pause(due - performance.now())
    while (underWay >= most) await oneEnds()
    underWay++
    begin(number, due)
      .catch((error: unknown) => (failure ??= { error }))
      .finally(() => {
        underWay--
        ended()
      })
  }
  while (underWay > 0) await oneEnds()
  if (failure) throw failure.error
}
