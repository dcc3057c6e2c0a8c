import { setTimeout as pause } from 'node:timers/promises'
import { within as inTime } from '#runtime/time/within.ts'

/**
 * Waits for a condition; tests wait in no other way. A condition that throws (for example an `expect`) is not met yet, and neither is one
 * that never settles.
 *
 * @param condition is met when it returns a value other than `false`, `null` and `undefined`; that value is the result
 * @param within milliseconds
 * @throws an error with the condition's text and last error if it is not met in time
 */
export async function until<Value>(
  condition: () => Value | Promise<Value>,
  { within = 10_000 }: { within?: number } = {},
): Promise<Exclude<Value, false | null | undefined>> {
  const deadline = Date.now() + within
  const longest = 2 * within
  const tooLate = () => new Error(`it did not answer within ${longest} ms`)
  let failure: unknown
  for (;;) {
    try {
      const value = await inTime(longest, Promise.resolve(condition()), tooLate)
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
