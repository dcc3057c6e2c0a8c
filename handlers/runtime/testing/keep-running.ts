import type { HandlerProcess } from './handler-process.ts'
import type { World } from './world.ts'

export interface Running {
  /** How often it has ended so far. */
  readonly deaths: number
  stop(): Promise<void>
}

/**
 * Starts a handler again whenever it ends, and ends it by SIGKILL when it hangs, as a cluster does.
 *
 * @param hangs whether this process, to judge by what it printed, will never do anything again
 */
export function keepRunning(
  world: World,
  handler: string,
  hangs: (process: HandlerProcess) => boolean = () => false,
): Running {
  let stopping = false
  let deaths = 0
  let current: HandlerProcess | undefined

  const running = (async () => {
    while (!stopping) {
      const started = await world.spawn(handler)
      current = started
      const watch = setInterval(() => hangs(started) && void started.kill('SIGKILL'), 20)
      await started.exited
      clearInterval(watch)
      deaths += 1
    }
  })()

  return {
    get deaths() {
      return deaths
    },
    async stop() {
      stopping = true
      await current?.kill()
      await running
    },
  }
}
