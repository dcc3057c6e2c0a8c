import { spawn, type ChildProcess } from 'node:child_process'
import { setTimeout as pause } from 'node:timers/promises'
import { howToGet } from './tools.ts'

/** `kubectl port-forward`, restarted whenever it ends. */
export interface PortForward {
  /** The last line that kubectl printed to stderr. */
  said(): string
  /** Whether kubectl is not installed. */
  missing(): boolean
  /** Ends the running kubectl, so that the next one chooses another pod. */
  restart(): void
  close(): Promise<void>
}

/** Running processes, none of which may outlive this one. */
const running = new Set<ChildProcess>()
process.on('exit', () => running.forEach((child) => child.kill()))

/** Milliseconds before the next attempt, to spare the API server. */
const interval = 200

/**
 * Keeps one kubectl running.
 *
 * @param target its arguments, asked for at every start; `undefined` while there is no ready pod
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
