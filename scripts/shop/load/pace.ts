import { setTimeout as pause } from 'node:timers/promises'

/**
 * Begins work at a steady rate, whether or not what was begun has ended: as customers come, who do not wait for each other.
 * Only when `most` are under way the next one waits, so that a shop that is down is not buried under open requests.
 *
 * @param begin gets a number from 1 up, and when its turn was, in milliseconds of `performance.now()`
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
    // Timers are as coarse as a millisecond, so what is due within one goes at once.
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
