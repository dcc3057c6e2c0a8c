/** A part that has been started and must be ended. */
export interface Part {
  /** Ends it in order. */
  readonly stop: () => unknown
  /** Makes a `stop` that takes long end now. */
  readonly hurry?: () => void
}

export interface Teardown {
  add(part: Part): void
  /** Stops every part in turn, the last one first, whatever happens to the others. Returns what went wrong. */
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

/** Waits for all, the failed ones included, so that what did start is known before anything is ended; then throws the first failure. */
export async function together<Parts extends readonly unknown[] | []>(
  parts: Parts,
): Promise<{ -readonly [Index in keyof Parts]: Awaited<Parts[Index]> }> {
  await Promise.allSettled(parts)
  return Promise.all(parts)
}
