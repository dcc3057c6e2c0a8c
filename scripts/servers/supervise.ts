import { seconds } from '../cli/units.ts'

/** A server process that can be started again on the same ports with the same data. */
export interface Restartable {
  /** Resolves when the process that was started last has ended: how, such as `was ended by SIGKILL`. */
  ended(): Promise<string>
  /** @throws an error with the end of the server's log if it does not become ready */
  restart(signal: AbortSignal): Promise<void>
  stop(): Promise<void>
}

export interface Supervised {
  /** Rejects with a sentence when the server cannot be kept running. Never resolves. */
  readonly givenUp: Promise<never>
  /** What is wrong with the server now; `undefined` while it runs. */
  trouble(): string | undefined
  /** Ends the supervision, then stops the server. */
  stop(): Promise<void>
}

/** A server that ends this soon after its start, or does not start, so many times in a row is not started again. */
const bound = { soon: 10_000, times: 3 }

/**
 * Starts a server again whenever its process ends, until it is stopped.
 *
 * @param report receives a sentence when the server has ended, and another when it runs again
 * @param soon milliseconds
 */
export function supervise(
  name: string,
  server: Restartable,
  report: (sentence: string) => void,
  { soon, times } = bound,
): Supervised {
  const stopping = new AbortController()
  let trouble: string | undefined

  /** How the running server ended; `undefined` if `stop` is called first. */
  async function nextEnd(): Promise<string | undefined> {
    const stopped = new Promise<undefined>((resolve) =>
      stopping.signal.addEventListener('abort', () => resolve(undefined)),
    )
    return stopping.signal.aborted ? undefined : Promise.race([server.ended(), stopped])
  }

  async function watch(): Promise<void> {
    let failures = 0
    let since = performance.now()
    for (;;) {
      const how = await nextEnd()
      if (how === undefined) return
      const began = performance.now()
      failures = began - since < soon ? failures + 1 : 1
      trouble = `${name} ${how}`
      report(`${trouble}: starting it again, with its data.`)
      while (trouble !== undefined) {
        if (failures >= times)
          throw new Error(
            `${name} has ended ${times} times in a row, each time within ${seconds(soon)} of its start, and is not started again. The last time: ${trouble}`,
          )
        try {
          await server.restart(stopping.signal)
          trouble = undefined
        } catch (error) {
          if (stopping.signal.aborted) return
          failures += 1
          trouble = (error as Error).message
        }
      }
      since = performance.now()
      report(`${name} runs again after ${seconds(since - began)}.`)
    }
  }

  let giveUp: (error: unknown) => void
  const givenUp = new Promise<never>((_, reject) => (giveUp = reject))
  givenUp.catch(() => undefined)
  const watching = watch().catch((error: unknown) => giveUp(error))

  return {
    givenUp,
    trouble: () => trouble,
    async stop() {
      stopping.abort()
      await watching
      await server.stop()
    },
  }
}
