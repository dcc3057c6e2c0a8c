/** What has been started and must be ended, the last first. */
export interface Teardown {
  /**
   * @param stop ends the part in order
   * @param kill ends it at once
   */
  add(part: { stop: () => unknown; kill?: () => unknown }): void
  /** Stops every part in turn, whatever happens to the others. Returns what went wrong. */
  stopAll(): Promise<Error[]>
  killAll(): Promise<void>
}

export function createTeardown(): Teardown {
  const parts: Parameters<Teardown['add']>[0][] = []

  return {
    add: (part) => void parts.push(part),
    async stopAll() {
      const errors: Error[] = []
      for (let part = parts.pop(); part; part = parts.pop()) {
        try {
          await part.stop()
        } catch (error) {
          errors.push(error as Error)
        }
      }
      return errors
    },
    async killAll() {
      await Promise.allSettled(parts.map(async ({ kill }) => kill?.()))
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
