import { setTimeout as sleep } from 'node:timers/promises'
import { queueNames } from '#runtime/topology/index.ts'
import type { Display } from '../cli/display.ts'
import { newLinesOf } from '../inspect/log-lines.ts'
import { lastErrorIn } from '../inspect/last-error.ts'
import { RefusedByBroker } from '../inspect/management.ts'
import { readQueues, totalsOf, waitingInWords, type Management, type QueueTotals } from '../inspect/queues.ts'
import { retryingOf } from '../inspect/retrying.ts'
import type { Replica } from './replica.ts'
import type { Replicas } from './replicas.ts'
import { decide, scaledTo, type ScaleRules } from './scaler.ts'
import { ask, samples, type Sample } from '../inspect/metrics.ts'
import { captionOf, type Row } from './table.ts'
import { tallyOf } from '../inspect/activity.ts'
import type { timersOf } from '../inspect/timers.ts'

/** A handler that the autoscaler scales. */
export interface Scalable {
  readonly name: string
  readonly replicas: Replicas
  /** Its processes write their JSON lines into this file. */
  readonly logFile: string
  /** The queues that it consumes: one, or those of its partitions. */
  readonly work: () => readonly string[]
  /** The queues of the questions that it answers. */
  readonly questions: () => readonly string[]
  /** Read on every poll, because they change with `handler.yaml`. */
  readonly rules: () => ScaleRules
}

interface Sources {
  readonly management: Management
  readonly timers: Pick<ReturnType<typeof timersOf>, 'read'>
}

/** Milliseconds from one poll to the next. KEDA's `pollingInterval` is 5 s in the charts; the rules do not depend on it. */
const interval = 1_000

/**
 * Scales processes as KEDA scales pods: reads queues and timers, decides, starts and stops processes, and shows the result.
 *
 * @param troubles sentences to show above the table
 * @returns a function that stops the autoscaler and resolves when the last poll is over
 */
export function startAutoscaler(
  handlers: readonly Scalable[],
  sources: Sources,
  display: Display<Row>,
  troubles: () => readonly string[] = () => [],
): () => Promise<void> {
  const stop = new AbortController()
  const since = new Date()
  const polls = handlers.map((handler) => pollOf(handler, since, sources))
  let refusal: string | undefined

  async function queuesNow(): Promise<ReadonlyMap<string, QueueTotals> | undefined> {
    try {
      const queues = await readQueues(sources.management)
      refusal = undefined
      return queues
    } catch (error) {
      const before = refusal
      refusal = error instanceof RefusedByBroker ? refused(error) : undefined
      if (refusal !== undefined && refusal !== before) display.say(refusal)
      return undefined
    }
  }

  const polling = (async () => {
    while (!stop.signal.aborted) {
      const began = performance.now()
      const queues = await queuesNow()
      const rows = await Promise.all(polls.map((poll) => poll(queues, began)))
      const above = [...troubles(), ...(refusal === undefined ? [] : [refusal])]
      const below = [captionOf(since.toTimeString().slice(0, 5), waitingInWords(queues))]
      if (!stop.signal.aborted) display.show(rows, { above, below })
      const rest = Math.max(0, began + interval - performance.now())
      await sleep(rest, undefined, { signal: stop.signal }).catch(() => undefined)
    }
  })()

  return () => {
    stop.abort()
    return polling
  }
}

/** The poll of one handler: reads what the decision needs, scales, and returns the row to show. */
function pollOf({ name, replicas, work, questions, rules, logFile }: Scalable, since: Date, { timers }: Sources) {
  const tally = tallyOf()
  const retrying = retryingOf()
  const newLines = newLinesOf(logFile)
  let lastError: Row['lastError']
  let scaled = scaledTo(rules().min)
  let last = { done: 0, at: performance.now() }

  return async (queues: ReadonlyMap<string, QueueTotals> | undefined, now: number): Promise<Row> => {
    const [timersNow, counted] = await Promise.all([timers.read(name), readMetrics(replicas.all())])
    const queue = totalsOf(queues, work())
    const asked = totalsOf(queues, questions())
    scaled = decide(
      scaled,
      {
        messages: queue && queue.ready + queue.unacknowledged,
        questions: asked && asked.ready + asked.unacknowledged,
        dueTimers: timersNow?.due,
      },
      rules(),
      now,
    )
    replicas.scaleTo(scaled.replicas)

    const { done, retries, putOff, paused, blocked } = tally(counted)
    const donePerSecond = ((done - last.done) * 1_000) / Math.max(1, now - last.at)
    last = { done, at: now }
    lastError = lastErrorIn(newLines(), new Date()) ?? lastError
    const dead = totalsOf(queues, queueNames({ name }, 'dead-letters'))
    return {
      handler: name,
      queued: queue?.ready,
      inFlight: queue?.unacknowledged,
      ready: replicas.ready(),
      replicas: scaled.replicas,
      donePerSecond,
      retrying: retrying(putOff, now),
      timers: timersNow?.pending,
      retries,
      since,
      dead: dead && dead.ready + dead.unacknowledged,
      paused,
      blocked,
      lastError,
    }
  }
}

/** The user `monitor` is declared at each start, so another system on the same broker must have changed it. */
function refused({ message, status }: RefusedByBroker): string {
  return status === 401 ? `${message}. Start again to set it anew.` : message
}

/** The metrics of each process, by process id; processes that do not respond in time are left out. */
async function readMetrics(replicas: readonly Replica[]): Promise<Map<number, Sample[]>> {
  const read = await Promise.all(
    replicas.map(async ({ pid, metricsPort }) => {
      const exposition = metricsPort === undefined ? undefined : await ask(metricsPort, '/metrics', 1_000)
      return exposition === undefined ? [] : [[pid, samples(exposition)] as const]
    }),
  )
  return new Map(read.flat())
}
