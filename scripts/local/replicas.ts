import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { lastErrorIn } from '../inspect/last-error.ts'
import { newLinesOf } from '../inspect/log-lines.ts'
import { freePorts } from '../servers/ports.ts'
import { startReplica, type Ending, type Program, type Replica } from './replica.ts'
import type { RunningProcesses } from './running.ts'

/** Milliseconds before the replacement of a process that never became ready starts; doubles each time, as the kubelet's delay does. */
const backOff = { first: 1_000, longest: 30_000 }
/** Milliseconds within which a new process must become ready to replace an old one. */
const startUp = 30_000

interface ReplicasOptions {
  /** Milliseconds from SIGTERM to SIGKILL. */
  readonly grace: number
  /** Only one process can run at a time, because it listens on a fixed port. */
  readonly alone: boolean
  readonly running: RunningProcesses
  /** Receives a sentence when a process ends unexpectedly. */
  readonly report: (sentence: string) => void
}

/** The processes of one handler: the counterpart of a Deployment in the cluster. */
export function createReplicas(firstProgram: Program, { grace, alone, running, report }: ReplicasOptions) {
  const { handler } = firstProgram
  let program = firstProgram
  let desired = 0
  let surge = 0
  let failures = 0
  let waiting = false
  let stopped = false
  const all = new Set<Replica>()
  const staying = () => [...all].filter(({ leaving }) => !leaving)

  function reconcile() {
    const wanted = desired + surge
    const mayStart = () => !waiting && !stopped && !(alone && all.size > 0)
    while (staying().length < wanted && mayStart()) start()
    for (const replica of leavingFirst(staying(), program).slice(0, Math.max(0, staying().length - wanted))) {
      void replica.leave(grace)
    }
  }

  function start(started = program): Replica {
    const newLines = newLinesOf(started.logFile, { skip: true })
    const replica = startReplica(started, () => {
      if (replica.ready) failures = 0
    })
    all.add(replica)
    running.add(replica.pid)
    void replica.ended.then((ending) => {
      all.delete(replica)
      running.remove(replica.pid)
      if (replica.leaving) reconcile()
      // One that was ready may have logged errors that did not end it.
      else replace(replica, ending, replica.ready ? '' : errorIn(newLines()))
    })
    return replica
  }

  function replace(replica: Replica, ending: Ending, error: string) {
    const mayRunAtOnce = replica.ready && !('code' in ending && ending.code === loginRefused)
    const wait = mayRunAtOnce ? 0 : Math.min(backOff.first * 2 ** failures++, backOff.longest)
    const next = wait ? `in ${wait / 1_000} s` : 'now'
    report(`${handler}: process ${replica.pid} ${how(ending, program, error)}; the next one starts ${next}.`)
    waiting = wait > 0
    setTimeout(() => {
      waiting = false
      reconcile()
    }, wait).unref()
  }

  return {
    handler,
    /** Every process, including those that are stopping. */
    all: (): readonly Replica[] => [...all],
    ready: () => staying().filter(({ ready }) => ready).length,
    /** How many processes in a row ended before they were ready. */
    failures: () => failures,

    /** Starts or stops processes until this many run; the newest stop first. */
    scaleTo(count: number) {
      desired = count
      reconcile()
    },

    /**
     * Replaces every process with one of another program, one after another. Their number never drops, unless they run `alone`: then
     * the program is tried on another port before.
     */
    async renew(next: Program) {
      const newLines = newLinesOf(next.logFile, { skip: true })
      const refuse = () =>
        report(
          `${handler}: the new build does not become ready${errorIn(newLines())}, ${next.logFile} explains why; the old one keeps running.`,
        )
      if (alone && staying().length > 0 && !(await startsElsewhere(next))) return stopped ? undefined : refuse()
      program = next
      for (;;) {
        const old = staying().filter((replica) => replica.program !== program)
        if (old.length === 0 || stopped) return
        if (alone) {
          await Promise.all(old.map((replica) => replica.leave(grace)))
          return
        }
        surge = 1
        reconcile()
        const isReady = await fresh()
        surge = 0
        reconcile()
        if (!isReady) return refuse()
      }
    },

    /** Asks all processes to finish and exit; resolves when they have exited. */
    async stop() {
      stopped = true
      await Promise.all([...all].map((replica) => (replica.leaving ? replica.ended : replica.leave(grace))))
    },

    /** Kills all processes. */
    kill() {
      stopped = true
      for (const replica of all) {
        replica.leaving = true
        replica.kill()
      }
    },
  }

  /** Whether the newest process of the current program becomes ready in time. */
  async function fresh(): Promise<boolean> {
    const replica = staying().findLast((each) => each.program === program)
    return replica !== undefined && becomesReady(replica)
  }

  /** Whether a process of a program becomes ready on another port than its own. It has exited then. */
  async function startsElsewhere(program: Program): Promise<boolean> {
    const [port] = await freePorts(1)
    if (stopped) return false
    const trial = start({ ...program, env: { ...program.env, HTTP_PORT: String(port) } })
    // It is none of those that are wanted.
    trial.leaving = true
    const isReady = await becomesReady(trial)
    await trial.leave(grace)
    return isReady
  }

  async function becomesReady(replica: Replica): Promise<boolean> {
    const deadline = Date.now() + startUp
    while (all.has(replica) && !stopped && Date.now() < deadline) {
      if (replica.ready) return true
      await sleep(50)
    }
    return false
  }
}

export type Replicas = ReturnType<typeof createReplicas>

/** Replicas in the order in which they stop: those not ready, those of an older build, then the newest. */
function leavingFirst(replicas: readonly Replica[], program: Program): Replica[] {
  const rank = (replica: Replica) => (replica.ready ? (replica.program === program ? 2 : 1) : 0)
  return replicas.toReversed().sort((one, other) => rank(one) - rank(other))
}

/** The exit code of a process whose server has refused its login: its successor has the same password until that is changed. */
const loginRefused = 77
/** Exit codes of processes whose last line explains them. */
const withSentence = new Map([
  [78, 'refused its configuration'],
  [loginRefused, 'could not log in'],
])

/** The last error in new lines of a log, in brackets; nothing if there is none. */
function errorIn(lines: readonly string[]): string {
  const error = lastErrorIn(lines, new Date())
  return error ? ` (${error.text})` : ''
}

function how(ending: Ending, { logFile }: Program, error: string): string {
  if ('signal' in ending) return `was ended by ${ending.signal}`
  const begin = withSentence.get(ending.code)
  if (begin === undefined) return `ended with exit code ${ending.code}${error}, ${logFile} explains why`
  return `${begin}: ${readFileSync(logFile, 'utf8').trim().split('\n').at(-1)}`
}
