import { setTimeout as pause } from 'node:timers/promises'

/**
 * Waits for a condition: the only way in which tests wait. A condition that throws (an `expect` in it) is not met yet; one that
 * never answers is not met either.
 *
 * @param condition is met when it returns a value other than `false`, `null` and `undefined`, which is the result
 * @param within milliseconds
 * @throws with the condition's text, and with its last error, when it is not met in time
 */
export async function until<Value>(
  condition: () => Value | Promise<Value>,
  { within = 10_000 }: { within?: number } = {},
): Promise<Exclude<Value, false | null | undefined>> {
  const deadline = Date.now() + within
  let failure: unknown
  for (;;) {
    try {
      const value = await answer(condition, 2 * within)
      if (value !== false && value !== null && value !== undefined) return value as never
      failure = undefined
    } catch (error) {
      failure = error
    }
    if (Date.now() > deadline) break
    await pause(20)
  }
  const why = failure instanceof Error ? `\n${failure.message}` : ''
  throw new Error(`not within ${within} ms: ${condition.toString()}${why}`, { cause: failure })
}

async function answer<Value>(condition: () => Value | Promise<Value>, within: number): Promise<Value> {
  const stop = new AbortController()
  const late = pause(within, undefined, { signal: stop.signal }).then(() => {
    throw new Error(`it did not answer within ${within} ms`)
  })
  // Stopped when the condition answers, which is no failure.
  late.catch(() => undefined)
  try {
    return await Promise.race([condition(), late])
  } finally {
    stop.abort()
  }
}
