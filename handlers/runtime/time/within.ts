/** Work that did not end in time. */
export class TimedOut extends Error {
  override readonly name = 'TimedOut'
}

/**
 * The result of `work`, or a rejection with `late()` once the time is up. The work itself is not stopped: the caller gives up on it.
 *
 * @param milliseconds how long the work may take
 */
export async function within<Value>(milliseconds: number, work: Promise<Value>, late: () => Error): Promise<Value> {
  let timer: NodeJS.Timeout | undefined
  const timeUp = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), milliseconds)
  })
  try {
    return await Promise.race([work, timeUp])
  } finally {
    clearTimeout(timer)
  }
}
