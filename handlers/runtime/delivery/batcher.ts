import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import type { Consumer } from '../broker/consumer.ts'
import type { Database } from '../database/connection.ts'
import { DatabaseLost, isConflict, Outdated } from '../database/lost.ts'
import { Pauses } from '../database/pauses.ts'
import { Unavailable } from '../failures.ts'
import { groupSize } from '../manifest/limits.ts'
import { describe } from '../message/error-text.ts'
import type { Subscription } from '../on.ts'
import { probePause } from '../time/back-off.ts'
import type { Called, TransactionContext } from './apply.ts'
import { ConfirmedRows } from './confirmed-rows.ts'
import { DueItems, type Due, type DueOrder } from './due-items.ts'
import { Health } from './health.ts'
import type { Report } from './report.ts'
import type { Outcome } from './outcome.ts'
import { runTransaction, runWithoutDatabase } from './transaction.ts'
import { isSubmission, WaitingItems, type Ended, type Waiting } from './waiting-items.ts'
import { logFields, type WorkItem } from './work-item.ts'

/** Milliseconds that the first item of a group waits for others. */
const linger = 5
/**
 * After a transaction the next group gathers for four times as long as the last one took, up to this many milliseconds, unless it is full
 * before: a busy machine makes transactions slow, and larger groups make it less busy.
 */
const longestLinger = 40
/** Milliseconds after which confirmed rows are marked by a transaction of their own, if no other comes. */
const markAfter = 250
const maxConflicts = 3

export interface Batcher {
  /**
   * Resolves when the transaction that contains the item has committed, or has failed because of this item. A submission fails at once
   * while the database is known to be lost, or ends no transaction.
   */
  add(called: Called): Promise<Ended>
  /** All messages that the item led to are confirmed: the next transaction marks its row. */
  confirmed(item: WorkItem, outcome: Outcome): void
  /**
   * Items whose time has come; none while a dependency is down, unless they may serve as the probe. Without a database there are none.
   *
   * @param idle whether nothing else is in hand, which may be tried again
   * @param paused the dependency for which the handler waits, which is noted for others to see
   */
  due(idle: boolean, paused?: string): Promise<Due>
  /** Works on the connection between two transactions. Rejects when the work fails. */
  between<Result>(work: (client: pg.Client) => Promise<Result>): Promise<Result>
  /** The dependency for which transactions wait, if they do. */
  readonly paused: string | undefined
  /** Resolves when what has gathered is handled and what is confirmed is marked. */
  stop(): Promise<void>
}

export interface BatcherOptions {
  readonly database: Database | undefined
  readonly subscriptions: ReadonlyMap<string, Subscription>
  /** Tells whether more deliveries can arrive: if not, a group does not wait for them. */
  readonly intake: Pick<Consumer, 'held' | 'window'> | undefined
  /** Once the process is to end, nothing waits for the database any more. */
  readonly leaving: AbortSignal
  readonly report: Pick<Report, 'pause'>
  readonly order?: DueOrder | undefined
  readonly context: TransactionContext
}

interface DueAsked {
  readonly idle: boolean
  readonly paused: string | undefined
  readonly answer: (due: Due) => void
}

/**
 * Gathers work items into groups of up to 100 and runs one transaction at a time. If a group fails, its members are handled one by one,
 * so one bad message harms no other.
 */
export function createBatcher({
  database,
  subscriptions,
  intake,
  leaving,
  report,
  order,
  context,
}: BatcherOptions): Batcher {
  const health = new Health((dependency, open) => report.pause(dependency, open))
  const { metrics, log } = context
  const confirmedRows = new ConfirmedRows()
  const dueItems = database && new DueItems(database, subscriptions, order)
  const pauses = database && new Pauses(database)
  const waiting = new WaitingItems()
  let lastEnded = 0
  let lastTook = 0
  let running: Promise<void> | undefined
  let marking: NodeJS.Timeout | undefined
  let markNow = false
  let dueAsked: DueAsked | undefined
  const errands: ((database: Database) => Promise<void>)[] = []

  function wake() {
    if (!running) health.begins()
    running ??= work().finally(() => {
      running = undefined
      if (isAsked()) wake()
    })
  }

  function isAsked(): boolean {
    return waiting.count > 0 || markNow || dueAsked !== undefined || errands.length > 0
  }

  async function work() {
    while (isAsked()) {
      if (database) for (const errand of errands.splice(0)) await errand(database)
      if (dueAsked) await answerDue(dueAsked)
      if (waiting.first) await gather(waiting.first)
      else if (!markNow) continue
      markNow = false
      await commit(waiting.take(health.paused === undefined ? groupSize : 1))
    }
  }

  async function gather(first: Waiting) {
    if (waiting.count >= groupSize || !mayGrow()) return
    const until = Math.max(first.since + linger, lastEnded + Math.min(4 * lastTook, longestLinger))
    if (until > performance.now()) await sleep(until - performance.now())
  }

  function mayGrow(): boolean {
    return !intake || intake.held > waiting.count || intake.held < intake.window
  }

  async function answerDue({ idle, paused, answer }: DueAsked) {
    dueAsked = undefined
    // What waits is the probe; if nothing does, this is.
    const mayAsk = health.paused === undefined || (waiting.count === 0 && (health.pausedByDatabase || idle))
    let due: Due = { items: [] }
    try {
      if (!health.pausedByDatabase && !leaving.aborted) await pauses?.note(paused)
      if (mayAsk && !leaving.aborted) due = (await dueItems?.read()) ?? due
      if (mayAsk && health.databaseLost && waiting.count === 0) health.answered()
    } catch (error) {
      log.warn({ reason: describe(error) }, 'due timers could not be read')
      if (error instanceof DatabaseLost) health.failed(error)
      // It has refused a statement, but it works.
      else if (health.databaseLost && waiting.count === 0) health.answered()
    }
    answer(due)
  }

  async function commit(group: readonly Waiting[], conflicts = 0): Promise<void> {
    const began = performance.now()
    const marked = confirmedRows.take()
    try {
      const called = group.map((each) => each.called)
      const outcomes = database
        ? await database.use((client) => runTransaction(client, called, marked, context))
        : await runWithoutDatabase(called, context)
      health.answered()
      lastEnded = performance.now()
      lastTook = lastEnded - began
      if (group.length > 0) metrics.groupSize.observe(group.length)
      group.forEach(({ end }, index) => end(outcomes[index] as Outcome))
    } catch (error) {
      confirmedRows.putBack(marked)
      if (error instanceof DatabaseLost) return await waitForDatabase(group, error)
      // On the fresh session nothing is outdated.
      if (error instanceof Outdated) return await commit(group, conflicts)
      if (isConflict(error) && conflicts < maxConflicts) return await commit(group, conflicts + 1)
      if (group.length > 1) return await oneByOne(group)
      if (group[0]) fail(group[0], error)
      else log.error({ reason: describe(error) }, 'confirmed rows could not be marked')
    }
  }

  async function oneByOne(group: readonly Waiting[]) {
    for (const each of group) await commit([each])
  }

  function fail({ called: { item }, end }: Waiting, error: unknown) {
    if (error instanceof Unavailable) {
      health.failed(error)
      log.warn(
        { ...logFields(item), dependency: error.dependency, reason: error.message },
        'a dependency is unavailable',
      )
    } else {
      health.answered()
    }
    end({ kind: 'failed', error })
  }

  /** Nothing is applied or lost meanwhile: the next try asks the inbox first, which also settles a commit whose answer was lost. */
  async function waitForDatabase(tried: readonly Waiting[], error: DatabaseLost) {
    const { dependency } = error
    const group = error.mayHaveCommitted ? withoutSubmissions(tried, error) : tried
    // If it is the probe's own statement that the server cannot run, the others are not kept waiting by it.
    if (health.paused === undefined) waiting.putFirst(group)
    else waiting.putLast(group)
    health.failed(error)
    log.warn({ dependency, waiting: group.length, reason: describe(error) }, 'a dependency is unavailable')
    if (leaving.aborted) return waiting.letGoOfAll()
    if (health.paused !== undefined) waiting.failSubmissions(error)
    await sleep(health.paused === undefined ? probePause() / 5 : probePause())
  }

  /** The inbox does not know submissions, so trying them again might do them twice: their callers decide. */
  function withoutSubmissions(group: readonly Waiting[], error: DatabaseLost): readonly Waiting[] {
    for (const { called, end } of group) if (isSubmission(called)) end({ kind: 'failed', error })
    return group.filter(({ called }) => !isSubmission(called))
  }

  return {
    add(called) {
      const error = isSubmission(called) ? health.unusable(running !== undefined) : undefined
      if (error) return Promise.resolve({ kind: 'failed', error })
      return new Promise((end) => {
        waiting.add({ called, since: performance.now(), end })
        wake()
      })
    },
    confirmed(item, outcome) {
      confirmedRows.add(item, outcome)
      marking ??= setTimeout(() => {
        marking = undefined
        markNow = !confirmedRows.empty
        if (markNow) wake()
      }, markAfter)
    },
    due(idle, paused) {
      if (!dueItems) return Promise.resolve({ items: [] })
      return new Promise((answer) => {
        dueAsked = { idle, paused, answer }
        wake()
      })
    },
    between(work) {
      return new Promise((resolve, reject) => {
        errands.push((database) => database.use(work).then(resolve, reject))
        wake()
      })
    },
    get paused() {
      return health.paused
    },
    async stop() {
      clearTimeout(marking)
      markNow = true
      wake()
      await running
    },
  }
}
