import type { Logger } from 'pino'
import { Unavailable } from '../failures.ts'
import type { Manifest } from '../manifest/schema.ts'
import type { Metrics } from '../observe/metrics.ts'
import { jitteredPause, type Breaker } from './breaker.ts'
import { isAlive, logFields, type Entry } from './work-item.ts'
import { TimedOut } from './disposition.ts'

export interface Calls {
  add(entry: Entry): void
  /** Starts no further call, aborts those that run, and lets go of all that wait. */
  stop(): void
}

/**
 * Runs the calls of a handler, outside of any transaction, at most `concurrency` at once. While what they depend on is down they
 * wait: the consumer keeps its deliveries, so its window fills and nothing more comes.
 *
 * @param maxPause milliseconds that an entry may wait for a dependency; then it goes to `expired`
 * @param leaving whether the process is about to end: then nothing waits for a dependency, and what would is dropped
 * @param done gets each entry when its call has returned
 */
export function createCalls({
  manifest,
  breaker,
  maxPause,
  leaving,
  done,
  failed,
  dropped,
  expired,
  metrics,
  log,
}: {
  manifest: Manifest
  breaker: Breaker
  maxPause: number
  leaving: () => boolean
  done: (entry: Entry) => void
  failed: (entry: Entry, error: unknown) => void
  dropped: (entry: Entry) => void
  expired: (entry: Entry) => void
  metrics: Metrics
  log: Logger
}): Calls {
  let stopped = false
  const running = new Set<AbortController>()
  let waiting: Entry[] = []
  let active = 0
  let probe: NodeJS.Timeout | undefined

  function pump() {
    if (breaker.open !== undefined && !breaker.recovering) return leaving() ? letGo() : probeLater()
    const allowed = breaker.recovering ? 1 : manifest.concurrency
    while (active < allowed && waiting.length > 0 && !stopped) void run(waiting.shift() as Entry)
  }

  function probeLater() {
    if (probe || active > 0 || stopped) return
    probe = setTimeout(() => {
      probe = undefined
      const longestAgo = Date.now() - maxPause
      const late = waiting.filter(({ arrivedAt }) => arrivedAt < longestAgo)
      waiting = waiting.filter(({ arrivedAt }) => arrivedAt >= longestAgo)
      late.forEach(expired)
      const oldest = waiting.shift()
      if (oldest) void run(oldest)
    }, jitteredPause())
  }

  async function run(entry: Entry) {
    if (!isAlive(entry)) {
      dropped(entry)
      return pump()
    }
    active += 1
    const stopTimer = metrics.callSeconds.startTimer({ type: entry.received.type })
    try {
      entry.result = { value: await withinTimeout(entry) }
      breaker.succeeded()
      done(entry)
    } catch (error) {
      settleFailure(entry, error)
    } finally {
      stopTimer()
      active -= 1
      pump()
    }
  }

  function letGo() {
    clearTimeout(probe)
    waiting.splice(0).forEach(dropped)
  }

  /** What fails as a probe goes to the back: it may be the only one that cannot succeed. */
  function settleFailure(entry: Entry, error: unknown) {
    if (stopped) return dropped(entry)
    if (error instanceof Unavailable) {
      breaker.failed(error.dependency)
      log.warn(
        { ...logFields(entry), dependency: error.dependency, reason: error.message },
        'a dependency is unavailable',
      )
      if (leaving()) dropped(entry)
      else if (breaker.open !== undefined) waiting.push(entry)
      // The others go through, so it may be this one alone.
      else if (Date.now() - entry.arrivedAt > maxPause) expired(entry)
      else setTimeout(() => add(entry), jitteredPause())
    } else if (error instanceof TimedOut) {
      breaker.failed('timeout')
      if (breaker.open === undefined) failed(entry, error)
      else if (leaving()) dropped(entry)
      else waiting.push(entry)
    } else {
      // The dependency answered; what it said was wrong for this message alone.
      breaker.succeeded()
      failed(entry, error)
    }
  }

  /** The oldest first: it is the next that probes. */
  function insertByAge(entry: Entry) {
    const index = waiting.findLastIndex(({ arrivedAt }) => arrivedAt <= entry.arrivedAt)
    waiting.splice(index + 1, 0, entry)
  }

  function add(entry: Entry) {
    if (stopped) return dropped(entry)
    insertByAge(entry)
    pump()
  }

  async function withinTimeout(entry: Entry): Promise<unknown> {
    const { subscription, data, received } = entry
    const abort = new AbortController()
    running.add(abort)
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        const error = new TimedOut(`${received.type}: the call took longer than ${manifest.timeout} ms`)
        reject(error)
        abort.abort(error)
      }, manifest.timeout)
    })
    const context = {
      message: received,
      signal: abort.signal,
      // Made when it is asked for: most calls log nothing.
      get log() {
        return log.child(logFields(entry))
      },
    }
    try {
      return await Promise.race([subscription?.call?.(data, context), late])
    } finally {
      clearTimeout(timer)
      running.delete(abort)
    }
  }

  return {
    add,
    stop() {
      stopped = true
      for (const abort of running) abort.abort(new Error('the process is leaving'))
      letGo()
    },
  }
}
