import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import { Unavailable } from '../failures.ts'
import { groupSize, longestPause } from '../manifest/limits.ts'
import type { Metrics } from '../observe/metrics.ts'
import { jitteredPause, type Breaker } from './breaker.ts'
import { DatabaseLost, isConflict } from '../database/connection.ts'
import { isAlive, logFields, type Entry } from './work-item.ts'
import type { Outcome } from './group.ts'
import type { Confirmed } from '../database/inbox.ts'
import type { Store } from './store.ts'

/** Milliseconds that the first entry of a group waits for others. */
const linger = 5
/**
 * After a group the next one gathers for four times as long as the last one took, up to this many milliseconds, unless it is full
 * before: a busy machine makes transactions slow, and then larger groups are what makes it less busy.
 */
const longestBreath = 40
/** Milliseconds after the last group until what was confirmed is acknowledged in the database without a next group. */
const flushAfter = 250
const lookForDueEvery = 1_000
const maxConflicts = 3

export interface Groups {
  add(entry: Entry): void
  /** All that the entry led to is confirmed: the next transaction acknowledges it. */
  confirmed(entry: Entry, outcome: Outcome): void
  /** Ends after what is ready has been handled, and what is confirmed acknowledged. */
  stop(): Promise<void>
}

/**
 * Gathers what is ready into groups of up to 100, one transaction at a time. If a group fails, its members are handled one by one,
 * so one bad message harms nobody else.
 *
 * @param leaving whether the process is about to end: then nothing waits for a dependency, and what would is dropped
 * @param mayGrow whether more can arrive while that many wait: if not, waiting for others is waiting for nothing
 */
export function createGroups({
  store,
  breaker,
  leaving,
  finish,
  failed,
  dropped,
  expired,
  arrive,
  mayPublish,
  mayGrow,
  metrics,
  log,
}: {
  store: Store
  breaker: Breaker
  leaving: () => boolean
  finish: (entries: readonly Entry[], outcomes: readonly Outcome[]) => void
  failed: (entry: Entry, error: unknown) => void
  dropped: (entry: Entry) => void
  /** Gets what has waited for a dependency as long as it may. */
  expired: (entry: Entry) => void
  arrive: (entry: Entry) => void
  /** Whether the broker takes anything now: if not, nothing that is due is begun. */
  mayPublish: () => boolean
  mayGrow: (waiting: number) => boolean
  metrics: Metrics
  log: Logger
}): Groups {
  let ready: Entry[] = []
  let confirmed = noneConfirmed()
  let lastEnded = 0
  let lastTook = 0
  let running: Promise<void> | undefined
  let flush: NodeJS.Timeout | undefined
  let flushNow = false
  let lookForDue = false
  let stopped = false

  const clock =
    store.due &&
    setInterval(() => {
      lookForDue = true
      wake()
    }, lookForDueEvery)

  function wake() {
    running ??= work().finally(() => {
      running = undefined
      if (ready.length > 0) wake()
    })
  }

  async function work() {
    while (ready.length > 0 || flushNow || lookForDue) {
      if (lookForDue) await takeDue()
      const [first] = ready
      if (!first && !flushNow) return
      const patience =
        first && ready.length < groupSize && mayGrow(ready.length)
          ? Math.max(first.readyAt + linger, lastEnded + Math.min(4 * lastTook, longestBreath)) - Date.now()
          : 0
      if (patience > 0) await sleep(patience)
      flushNow = false
      const taken = ready.splice(0, breaker.open === undefined ? groupSize : 1)
      taken.filter((entry) => !isAlive(entry)).forEach(dropped)
      await handle(taken.filter(isAlive))
    }
  }

  async function takeDue() {
    lookForDue = false
    if (breaker.open !== undefined || stopped || !mayPublish()) return
    try {
      for (const entry of (await store.due?.()) ?? []) arrive(entry)
    } catch (error) {
      log.warn({ reason: String(error) }, 'due timers could not be read')
    }
  }

  async function handle(entries: readonly Entry[], conflicts = 0): Promise<void> {
    const began = Date.now()
    const acknowledging = confirmed
    confirmed = noneConfirmed()
    try {
      const outcomes = await store.apply(entries, acknowledging)
      breaker.succeeded()
      lastEnded = Date.now()
      lastTook = lastEnded - began
      if (entries.length > 0) metrics.groupSize.observe(entries.length)
      finish(entries, outcomes)
    } catch (error) {
      confirmed = mergeConfirmed(acknowledging, confirmed)
      if (error instanceof DatabaseLost) return await waitForDatabase(entries, error)
      if (isConflict(error) && conflicts < maxConflicts) return await handle(entries, conflicts + 1)
      if (entries.length > 1) return await oneByOne(entries)
      if (entries[0]) fail(entries[0], error)
      else log.error({ reason: String(error) }, 'confirmed messages could not be acknowledged in the database')
    }
  }

  async function oneByOne(entries: readonly Entry[]) {
    for (const entry of entries) await handle([entry])
  }

  function fail(entry: Entry, error: unknown) {
    if (!(error instanceof Unavailable)) {
      breaker.succeeded()
      return failed(entry, error)
    }
    const { dependency, message } = error
    breaker.failed(dependency)
    log.warn({ ...logFields(entry), dependency, reason: message }, 'a dependency is unavailable')
    if (leaving()) return dropped(entry)
    if (Date.now() - entry.arrivedAt > longestPause) return expired(entry)
    setTimeout(() => add(entry), jitteredPause())
  }

  /** Nothing is applied or lost meanwhile: the next try asks the inbox first, so it also settles a commit whose answer was lost. */
  async function waitForDatabase(entries: readonly Entry[], error: DatabaseLost) {
    const { dependency } = error
    breaker.failed(dependency)
    log.warn({ dependency, waiting: entries.length, reason: String(error) }, 'a dependency is unavailable')
    ready = [...entries, ...ready]
    if (leaving()) return ready.splice(0).forEach(dropped)
    await sleep(breaker.open === undefined ? jitteredPause() / 5 : jitteredPause())
  }

  /** Somebody waits for the answer to submitted work, so it goes before what came from queues. */
  function add(entry: Entry) {
    entry.readyAt = Date.now()
    const before = entry.source.kind === 'submit' ? ready.findIndex(({ source }) => source.kind !== 'submit') : -1
    if (before < 0) ready.push(entry)
    else ready.splice(before, 0, entry)
    wake()
  }

  return {
    add,
    confirmed({ source, id }, outcome) {
      const published = outcome.kind === 'leaves' ? [] : outcome.publish
      if (source.kind === 'submit' || source.kind === 'outbox')
        confirmed.outbox.push(...published.map((message) => message.id))
      else if (id !== undefined && published.length > 0) confirmed.inbox.push(id)
      if (source.kind === 'timer' && id !== undefined) confirmed.timers.push(id)
      flush ??= setTimeout(() => {
        flush = undefined
        flushNow = confirmed.inbox.length + confirmed.timers.length + confirmed.outbox.length > 0
        if (flushNow) wake()
      }, flushAfter)
    },
    async stop() {
      stopped = true
      clearInterval(clock)
      clearTimeout(flush)
      flushNow = true
      wake()
      await running
    },
  }
}

function noneConfirmed(): Confirmed {
  return { inbox: [], timers: [], outbox: [] }
}

function mergeConfirmed(one: Confirmed, other: Confirmed): Confirmed {
  return {
    inbox: [...one.inbox, ...other.inbox],
    timers: [...one.timers, ...other.timers],
    outbox: [...one.outbox, ...other.outbox],
  }
}
