import type { HandlerProcess } from './handler-process.ts'

export interface Respawned {
  /** The current process. */
  readonly current: HandlerProcess
  /** How each previous process ended: a signal or an exit code. */
  readonly ends: readonly (string | number | null)[]
  /** Stops the current process without a successor. */
  stop(): Promise<void>
}

/** Starts a process and restarts it whenever it exits, as a cluster does. */
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
