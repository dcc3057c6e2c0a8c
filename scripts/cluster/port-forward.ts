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

/** Starts it. While no pod is ready kubectl ends at once; the pause before the next try spares the API server. */
export function portForward(args: readonly string[]): PortForward {
  let child: ChildProcess
  let ended: Promise<unknown>
  let said = 'nothing answers'
  let [closed, missing] = [false, false]

  const start = () => {
    const started = spawn('kubectl', ['port-forward', ...args], {
      env: process.env,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    child = started
    running.add(started)
    started.stderr.setEncoding('utf8').on('data', (text: string) => (said = text.trim().split('\n').at(-1) || said))
    ended = new Promise<void>((resolve) => {
      started.once('exit', () => resolve())
      started.once('error', () => {
        missing = true
        said = `kubectl is not on PATH: ${howToGet('kubectl')}`
        resolve()
      })
    }).finally(() => running.delete(started))
    void ended.then(() => pause(200)).then(() => !closed && !missing && start())
  }
  start()

  return {
    said: () => said,
    missing: () => missing,
    restart: () => void child.kill(),
    async close() {
      closed = true
      child.kill()
      await ended
    },
  }
}
