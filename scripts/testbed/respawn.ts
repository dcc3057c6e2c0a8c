import type { HandlerProcess } from './handler-process.ts'

export interface Respawned {
  /** The process that runs now. */
  readonly current: HandlerProcess
  /** How each one before it ended: a signal or an exit code. */
  readonly ends: readonly (string | number | null)[]
  /** Ends the last one. */
  stop(): Promise<void>
}

/** Starts a process, and another one as soon as it ends, as a cluster does. */
export async function respawn(start: () => Promise<HandlerProcess>): Promise<Respawned> {
  const ends: (string | number | null)[] = []
  let stopped = false
  let current = await start()

  const running = (async () => {
    for (;;) {
      const { signal, code } = await current.exited
      if (stopped) return
      ends.push(signal ?? code)
      current = await start()
    }
  })()

  return {
    get current() {
      return current
    },
    ends,
    async stop() {
      stopped = true
      await current.kill('SIGKILL')
      await running
    },
  }
}
