import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'

/** What a handler's process is started with. */
export interface Program {
  readonly handler: string
  /** The bundle that Node.js runs. */
  readonly file: string
  /** The process gets these variables and of ours only what Node.js itself needs. */
  readonly env: Readonly<Record<string, string>>
  /** Gets what the process prints. */
  readonly logFile: string
}

/** How a process ended: by its own exit code, or by a signal. */
export type Ending = { code: number } | { signal: NodeJS.Signals }

/** One process of a handler: what a pod is in the cluster. */
export interface Replica {
  readonly program: Program
  readonly pid: number
  /** It has said that it is subscribed. */
  ready: boolean
  /** Where it answers `/live` and `/metrics`; unknown until it has said so. */
  metricsPort: number | undefined
  /** It was asked to go and finishes what it holds. */
  leaving: boolean
  readonly ended: Promise<Ending>
  /** Asks it to finish and go; kills it when it is still there after `grace` milliseconds. */
  leave(grace: number): Promise<Ending>
  kill(): void
}

/**
 * Starts a process of a handler, in a process group of its own: Ctrl-C in the terminal must reach the starter alone, which
 * stops everything in order. The process notices by its IPC channel when the starter is gone.
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
  child.on('message', (told: { ready?: boolean; metricsPort?: number }) => {
    replica.metricsPort = told.metricsPort ?? replica.metricsPort
    replica.ready = told.ready ?? replica.ready
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

/** A handler sees what `handler.yaml` names and nothing of the developer's shell, as in a pod. */
function inherited(): Record<string, string | undefined> {
  const { PATH, HOME, TZ, LANG, SystemRoot, NODE_EXTRA_CA_CERTS } = process.env
  return { PATH, HOME, TZ, LANG, SystemRoot, NODE_EXTRA_CA_CERTS }
}
