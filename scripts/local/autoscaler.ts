import { setTimeout as sleep } from 'node:timers/promises'
import { queueNames } from '#runtime/topology/index.ts'
import type { Display } from '../cli/display.ts'
import { readQueues, totalsOf, type Management, type QueueTotals } from '../inspect/queues.ts'
import type { Replica } from './replica.ts'
import type { Replicas } from './replicas.ts'
import { decide, scaledTo, type ScaleRules } from './scaler.ts'
import { ask, samples, type Sample } from '../inspect/metrics.ts'
import type { Row } from './table.ts'
import { tallyOf } from '../inspect/activity.ts'
import type { timersOf } from '../inspect/timers.ts'

/** A handler that the autoscaler scales. */
export interface Scalable {
  readonly name: string
  readonly replicas: Replicas
  /** Read on every poll, because they change with `handler.yaml`. */
  readonly rules: () => ScaleRules
}

interface Sources {
  readonly management: Management
  readonly timers: Pick<ReturnType<typeof timersOf>, 'due'>
}

/** Milliseconds from one poll to the next. KEDA's `pollingInterval` is 5 s in the charts; the rules do not depend on it. */
const interval = 1_000

/**
 * Scales processes as KEDA scales pods: reads queues and timers, decides, starts and stops processes, and shows the result.
 *
 * @param troubles sentences to show with the table
 * @returns a function that stops the autoscaler and resolves when the last poll is over
 */
export function startAutoscaler(
  handlers: readonly Scalable[],
  sources: Sources,
  display: Display<Row>,
  troubles: () => readonly string[] = () => [],
): () => Promise<void> {
  const stop = new AbortController()
  const polls = handlers.map((handler) => pollOf(handler, sources))

  const polling = (async () => {
    while (!stop.signal.aborted) {
      const began = performance.now()
      const queues = await readQueues(sources.management).catch(() => undefined)
      const rows = await Promise.all(polls.map((poll) => poll(queues, began)))
      if (!stop.signal.aborted) display.show(rows, troubles())
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
function pollOf({ name, replicas, rules }: Scalable, { timers }: Sources) {
  const tally = tallyOf()
  let scaled = scaledTo(rules().min)
  let last = { done: 0, at: performance.now() }

  return async (queues: ReadonlyMap<string, QueueTotals> | undefined, now: number): Promise<Row> => {
    const [dueTimers, counted] = await Promise.all([timers.due(name), readMetrics(replicas.all())])
    const queue = totalsOf(queues, queueNames({ name }, 'work'))
    scaled = decide(scaled, { messages: queue && queue.ready + queue.unacknowledged, dueTimers }, rules(), now)
    replicas.scaleTo(scaled.replicas)

    const { done, retries, paused, blocked } = tally(counted)
    const donePerSecond = ((done - last.done) * 1_000) / Math.max(1, now - last.at)
    last = { done, at: now }
    const dead = totalsOf(queues, queueNames({ name }, 'dead-letters'))
    return {
      handler: name,
      queued: queue?.ready,
      inFlight: queue?.unacknowledged,
      ready: replicas.ready(),
      replicas: scaled.replicas,
      donePerSecond,
      retries,
      dead: dead && dead.ready + dead.unacknowledged,
      paused,
      blocked,
    }
  }
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
