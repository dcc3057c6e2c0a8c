import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { within } from '#runtime/time/within.ts'

/** Milliseconds that a test waits for a process. */
const patience = 30_000

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** A handler's bundle that runs as a real process. */
export interface HandlerProcess {
  readonly pid: number
  /** Resolves when the process has subscribed to its queue. Rejects with its last output if it exits first or is not ready after 30 s. */
  readonly ready: Promise<{ readonly metricsPort: number }>
  /** Its output, one JSON object or sentence per line. */
  readonly lines: readonly string[]
  /** Its HTTP port, if its `handler.yaml` has `http`. */
  readonly httpPort: number | undefined
  readonly exited: Promise<Exit>
  /** Resolves when it has exited by itself; rejects with its last output if it is still running after 30 s. */
  end(): Promise<Exit>
  /** Sends a signal; the default SIGTERM lets it finish the messages it holds. Resolves when it has exited; rejects as `end` does. */
  kill(signal?: NodeJS.Signals): Promise<Exit>
}

/** Starts a bundle with these variables and, from the test's environment, only PATH. */
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
  const inTime = <Value>(awaited: Promise<Value>, failure: string) =>
    within(
      patience,
      awaited,
      () => new Error(`${bundle} ${failure} after ${patience} ms:\n${lines.slice(-20).join('\n')}`),
    )
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
  const ready = inTime(stands, 'is not ready')
  const end = () => inTime(exited, 'is still running')
  // A test that never awaits `ready` expects the process to exit.
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
