import { setTimeout as pause } from 'node:timers/promises'

/**
 * Waits for a condition: the only way in which tests wait. A condition that throws (an `expect` in it) is not met yet; one that
 * does not answer is not met either.
 *
 * @param condition is met when it returns a value other than `false`, `null` and `undefined`, which is the result
 * @param within milliseconds
 * @throws with the condition's text, and with its last error, when it is not met in time
 */
export async function until<Value>(
  condition: () => Value | Promise<Value>,
  { within = 10_000 }: { within?: number } = {},
): Promise<Exclude<Value, false | null | undefined>> {
  const stop = new AbortController()
  const deadline = pause(within, undefined, { signal: stop.signal }).then(() => {
    late = true
  })
  let late = false
  let failure: unknown
  try {
    while (!late) {
      failure = new Error('it did not answer')
      try {
        const value = await Promise.race([condition(), deadline])
        if (value !== false && value !== null && value !== undefined) return value as never
        if (!late) failure = undefined
      } catch (error) {
        failure = error
      }
      await Promise.race([pause(20), deadline])
    }
  } finally {
    stop.abort()
    await deadline.catch(() => undefined)
  }
  const why = failure instanceof Error ? `\n${failure.message}` : ''
  throw new Error(`not within ${within} ms: ${condition.toString()}${why}`, { cause: failure })
}
