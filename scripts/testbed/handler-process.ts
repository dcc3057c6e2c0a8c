import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** Milliseconds that a test waits for a process. */
const patience = 30_000

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** A handler's bundle that runs as a real process of its own. */
export interface HandlerProcess {
  readonly pid: number
  /** Subscribed to its queue. Rejects with what it printed last if it ends before, or is not ready after 30 s. */
  readonly ready: Promise<{ readonly metricsPort: number }>
  /** What it has printed, one JSON object or sentence a line. */
  readonly lines: readonly string[]
  /** Where it answers HTTP, if its `handler.yaml` says that it does. */
  readonly httpPort: number | undefined
  readonly exited: Promise<Exit>
  /** When it has ended by itself; rejects with what it printed last if it still lives after 30 s. */
  end(): Promise<Exit>
  /** SIGTERM by default, which lets it finish what it holds. Resolves when it has ended; rejects as `end` does. */
  kill(signal?: NodeJS.Signals): Promise<Exit>
}

/** Starts a bundle with these variables and, of the test's own, only PATH. */
export function spawnHandler(bundle: string, env: Readonly<Record<string, string>>): HandlerProcess {
  const child = spawn(process.execPath, [bundle], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  const lines: string[] = []
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream as NonNullable<typeof stream> }).on('line', (line) => lines.push(line))
  }
  const exited = new Promise<Exit>((resolve) => child.once('close', (code, signal) => resolve({ code, signal })))
  const within = <Value>(awaited: Promise<Value>, failure: string) => {
    let watch: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      watch = setTimeout(
        () => reject(new Error(`${bundle} ${failure} after ${patience} ms:\n${lines.slice(-20).join('\n')}`)),
        patience,
      )
    })
    return Promise.race([awaited, late]).finally(() => clearTimeout(watch))
  }
  const stands = new Promise<{ metricsPort: number }>((resolve, reject) => {
    child.on('message', (message: { ready?: boolean; metricsPort: number }) => message.ready && resolve(message))
    void exited.then(({ code, signal }) => {
      reject(
        new Error(
          `${bundle} ended before it was ready (${signal ?? `exit code ${code}`}):\n${lines.slice(-5).join('\n')}`,
        ),
      )
    })
  })
  const ready = within(stands, 'is not ready')
  const end = () => within(exited, 'still lives')
  // A test that never asks whether it was ready expects the end.
  ready.catch(() => {})

  return {
    pid: child.pid ?? 0,
    ready,
    lines,
    httpPort: env.HTTP_PORT === undefined ? undefined : Number(env.HTTP_PORT),
    exited,
    end,
    kill(signal = 'SIGTERM') {
      child.kill(signal)
      return end()
    },
  }
}
