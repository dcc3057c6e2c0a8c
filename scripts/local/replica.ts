import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'

/** What a handler's process runs, and with which environment. */
export interface Program {
  readonly handler: string
  /** The bundle that Node.js runs. */
  readonly file: string
  /** The process gets these variables, and of our own only those that Node.js needs. */
  readonly env: Readonly<Record<string, string>>
  /** Receives the output of the process. */
  readonly logFile: string
}

/** How a process ended: with an exit code, or by a signal. */
export type Ending = { code: number } | { signal: NodeJS.Signals }

/** One process of a handler: the counterpart of a pod in the cluster. */
export interface Replica {
  readonly program: Program
  readonly pid: number
  /** Whether it has reported that it is ready. */
  ready: boolean
  /** The port of `/live` and `/metrics`; `undefined` until the process has reported it. */
  metricsPort: number | undefined
  /** Whether it has been asked to exit and is finishing its deliveries. */
  leaving: boolean
  readonly ended: Promise<Ending>
  /** Asks it to finish and exit; kills it if it is still running after `grace` milliseconds. */
  leave(grace: number): Promise<Ending>
  kill(): void
}

/**
 * Starts a process of a handler in its own process group: Ctrl-C in the terminal must reach only `npm start`, which stops everything
 * in order. The process exits when its IPC channel closes, so it does not outlive `npm start`.
 */
export function startReplica(program: Program, changed: () => void): Replica {
  const log = openSync(program.logFile, 'a')
  const child = spawn(process.execPath, [program.file], {
    env: { ...inherited(), ...program.env },
    stdio: ['ignore', log, log, 'ipc'],
    detached: true,
  })
  closeSync(log)

  const replica: Replica = {
    program,
    pid: child.pid ?? 0,
    ready: false,
    metricsPort: undefined,
    leaving: false,
    ended: ending(child),
    async leave(grace) {
      replica.leaving = true
      child.kill('SIGTERM')
      const kill = setTimeout(() => child.kill('SIGKILL'), grace)
      const how = await replica.ended
      clearTimeout(kill)
      return how
    },
    kill: () => void child.kill('SIGKILL'),
  }
  child.on('message', (report: { ready?: boolean; metricsPort?: number }) => {
    replica.metricsPort = report.metricsPort ?? replica.metricsPort
    replica.ready = report.ready ?? replica.ready
    changed()
  })
  return replica
}

function ending(child: ChildProcess): Promise<Ending> {
  return new Promise((ended) => {
    child.once('error', () => ended({ code: 127 }))
    child.once('exit', (code, signal) => ended(signal ? { signal } : { code: code ?? 0 }))
  })
}

/** As in a pod, a handler sees only the variables that `handler.yaml` names, nothing else of the developer's shell. */
export function inherited(): Record<string, string | undefined> {
  const { PATH, HOME, TZ, LANG, SystemRoot, NODE_EXTRA_CA_CERTS } = process.env
  return { PATH, HOME, TZ, LANG, SystemRoot, NODE_EXTRA_CA_CERTS }
}
