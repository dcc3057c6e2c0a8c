/** A part that has been started and must be stopped. */
export interface Part {
  /** Stops it gracefully. */
  readonly stop: () => unknown
  /** Makes a running `stop` finish immediately. */
  readonly hurry?: () => void
}

export interface Teardown {
  add(part: Part): void
  /** Stops every part in turn, the last one first, even if some fail. Returns the errors. */
  stopAll(): Promise<Error[]>
  hurry(): void
}

export function createTeardown(): Teardown {
  const parts: Part[] = []

  return {
    add: (part) => void parts.push(part),
    async stopAll() {
      const errors: Error[] = []
      for (let part = parts.at(-1); part; part = parts.at(-1)) {
        try {
          await part.stop()
        } catch (error) {
          errors.push(error as Error)
        }
        parts.splice(parts.indexOf(part), 1)
      }
      return errors
    },
    hurry() {
      for (const { hurry } of parts) hurry?.()
    },
  }
}

/** Waits until all have started or failed, so that everything that did start can be stopped; then throws the first failure. */
export async function together<Parts extends readonly unknown[] | []>(
  parts: Parts,
): Promise<{ -readonly [Index in keyof Parts]: Awaited<Parts[Index]> }> {
  await Promise.allSettled(parts)
  return Promise.all(parts)
}

/**
 * Waits for work that may be abandoned: it starts nothing that would have to be stopped.
 *
 * @throws the signal's reason as soon as it comes, whatever becomes of the work
 */
export async function unlessStopped<Value>(signal: AbortSignal, work: Promise<Value>): Promise<Value> {
  const stopped = new Promise<void>((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve())
  })
  const givenUp = stopped.then(() => {
    throw signal.reason
  })
  return Promise.race([work, givenUp])
}
