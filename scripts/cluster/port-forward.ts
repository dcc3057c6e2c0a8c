import { spawn, type ChildProcess } from 'node:child_process'
import { setTimeout as pause } from 'node:timers/promises'
import { howToGet } from './tools.ts'

/** `kubectl port-forward`, started again whenever it ends. */
export interface PortForward {
  /** What kubectl complained about last. */
  said(): string
  /** Whether there is no kubectl at all. */
  missing(): boolean
  /** Ends what runs, so that a new one looks for another pod. */
  restart(): void
  close(): Promise<void>
}

/** What runs now: nothing of it may outlive this process. */
const running = new Set<ChildProcess>()
process.on('exit', () => running.forEach((child) => child.kill()))

/** Milliseconds before the next try, which spare the API server. */
const interval = 200

/**
 * Keeps one running.
 *
 * @param target what it is told each time that it starts; undefined while there is no pod to lead to
 */
export function portForward(target: () => Promise<readonly string[] | undefined>): PortForward {
  let child: ChildProcess | undefined
  let said = 'nothing answers'
  let [closed, missing] = [false, false]

  /** Until it ends. */
  function run(args: readonly string[]): Promise<void> {
    const started = spawn('kubectl', ['port-forward', ...args], {
      env: process.env,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    child = started
    running.add(started)
    started.stderr.setEncoding('utf8').on('data', (text: string) => (said = text.trim().split('\n').at(-1) || said))
    return new Promise<void>((resolve) => {
      started.once('exit', () => resolve())
      started.once('error', () => {
        missing = true
        said = `kubectl is not on PATH: ${howToGet('kubectl')}`
        resolve()
      })
    }).finally(() => running.delete(started))
  }

  async function keepRunning() {
    while (!closed && !missing) {
      try {
        const args = await target()
        if (!args) said = 'no pod of it is ready'
        else if (!closed) await run(args)
      } catch (error) {
        said = error instanceof Error ? error.message : String(error)
      }
      if (!closed && !missing) await pause(interval)
    }
  }
  const ended = keepRunning()

  return {
    said: () => said,
    missing: () => missing,
    restart: () => void child?.kill(),
    async close() {
      closed = true
      child?.kill()
      await ended
    },
  }
}
