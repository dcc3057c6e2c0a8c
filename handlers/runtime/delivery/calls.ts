import type { Logger } from 'pino'
import { Unavailable } from '../failures.ts'
import { longestPause } from '../manifest/limits.ts'
import type { Manifest } from '../manifest/schema.ts'
import type { Metrics } from '../observe/metrics.ts'
import type { AskFor } from '../question.ts'
import { probePause } from '../time/back-off.ts'
import { TimedOut, within } from '../time/within.ts'
import { Breaker } from './breaker.ts'
import type { Report } from './report.ts'
import { isAlive, logFields, type WorkItem } from './work-item.ts'

/** What became of one call. */
export type CallEnd =
  | { readonly kind: 'returned'; readonly result: unknown }
  | { readonly kind: 'failed'; readonly error: unknown }
  /** It was never begun: what it depends on has been down for as long as it may wait. */
  | { readonly kind: 'waited too long' }
  /** It was not begun, or stopped: the process leaves, or the delivery is dead. */
  | { readonly kind: 'let go' }

export interface Calls {
  /** Runs the call of an item once, when it is its turn. */
  run(item: WorkItem): Promise<CallEnd>
  /** The dependency for which calls wait, if they do. */
  readonly paused: string | undefined
  /** Starts no further call, aborts those that run, and lets go of all that wait. */
  stop(): void
}

const letGo = { kind: 'let go' } as const
const nothingToCall = { kind: 'returned', result: undefined } as const

/**
 * Runs the calls of a handler, outside of any transaction, at most `concurrency` at once. While a dependency is down, one call at a time
 * is let through as a probe; all others wait their turn. The consumer holds their deliveries, so its window fills and nothing more comes.
 *
 * @param leaving once the process is to end, nothing waits for a dependency any more
 */
export function createCalls(
  manifest: Manifest,
  leaving: AbortSignal,
  report: Pick<Report, 'pause'>,
  { askFor, metrics, log }: { askFor: AskFor; metrics: Metrics; log: Logger },
): Calls {
  const breaker = new Breaker((dependency, open) => report.pause(dependency, open))
  const running = new Set<AbortController>()
  const waiting: { item: WorkItem; since: number; begin: (turn: 'call' | 'waited too long' | 'let go') => void }[] = []
  /** When a call of this item last failed for want of a dependency: it queues behind those that have not been tried since. */
  const failedAt = new WeakMap<WorkItem, number>()
  let active = 0
  let probe: NodeJS.Timeout | undefined
  let stopped = false

  function turnOf(item: WorkItem): Promise<'call' | 'waited too long' | 'let go'> {
    return new Promise((begin) => {
      const since = failedAt.get(item) ?? item.arrivedAt
      const index = waiting.findLastIndex((other) => other.since <= since)
      waiting.splice(index + 1, 0, { item, since, begin })
      admit()
    })
  }

  function admit() {
    if (stopped) return letGoOfAll()
    if (breaker.open !== undefined && !breaker.recovering) return leaving.aborted ? letGoOfAll() : probeLater()
    const allowed = breaker.recovering ? 1 : manifest.concurrency
    while (active < allowed && waiting.length > 0) admitNext()
  }

  /**
   * Admits the oldest whose delivery is alive: those that died with their channel would each use up a turn, and a probe is one in seconds.
   * What keeps its place in a key is left to the next replica by a process that leaves: not before that may the next message begin.
   */
  function admitNext() {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      if (!isAlive(next.item) || (leaving.aborted && next.item.lane !== undefined)) {
        next.begin('let go')
        continue
      }
      active += 1
      return next.begin('call')
    }
  }

  function probeLater() {
    if (probe || active > 0) return
    probe = setTimeout(() => {
      probe = undefined
      const longestAgo = Date.now() - longestPause
      for (const each of waiting.filter(({ item }) => item.lane === undefined && item.arrivedAt < longestAgo)) {
        waiting.splice(waiting.indexOf(each), 1)
        each.begin('waited too long')
      }
      if (waiting.length > 0) admitNext()
    }, probePause())
  }

  function letGoOfAll() {
    clearTimeout(probe)
    probe = undefined
    for (const { begin } of waiting.splice(0)) begin('let go')
  }

  async function call(item: WorkItem): Promise<CallEnd> {
    const stopTimer = metrics.callSeconds.startTimer({ type: item.received.type })
    try {
      const result = await callInTime(item)
      breaker.succeeded()
      return { kind: 'returned', result }
    } catch (error) {
      if (stopped) return letGo
      if (error instanceof Unavailable) {
        const { dependency, message } = error
        log.warn({ ...logFields(item), dependency, reason: message }, 'a dependency is unavailable')
        breaker.failed(dependency)
        failedAt.set(item, Date.now())
      } else if (error instanceof TimedOut) {
        breaker.failed('timeout')
        failedAt.set(item, Date.now())
      } else {
        // The dependency answered; its answer was wrong for this message alone.
        breaker.succeeded()
      }
      return { kind: 'failed', error }
    } finally {
      stopTimer()
    }
  }

  async function callInTime(item: WorkItem): Promise<unknown> {
    const { subscription, data, received } = item
    const abort = new AbortController()
    const context = {
      message: received,
      signal: abort.signal,
      ask: askFor(received),
      // Made when it is asked for: most calls log nothing.
      get log() {
        return log.child(logFields(item))
      },
    }
    running.add(abort)
    try {
      const result = Promise.resolve(subscription?.call?.(data, context))
      return await within(manifest.timeout, result, () => {
        const error = new TimedOut(`${received.type}: the call took longer than ${manifest.timeout} ms`)
        queueMicrotask(() => abort.abort(error))
        return error
      })
    } finally {
      running.delete(abort)
    }
  }

  function stop() {
    stopped = true
    for (const abort of running) abort.abort(new Error('the process is leaving'))
    letGoOfAll()
  }

  leaving.addEventListener('abort', () => breaker.open !== undefined && stop())

  return {
    async run(item) {
      if (!item.subscription?.call) return nothingToCall
      const turn = await turnOf(item)
      if (turn !== 'call') return { kind: turn }
      try {
        return await call(item)
      } finally {
        active -= 1
        admit()
      }
    },
    get paused() {
      return breaker.open
    },
    stop,
  }
}
