import { setTimeout as sleep } from 'node:timers/promises'
import { fates } from '../broker/fate.ts'
import type { Publisher } from '../broker/publisher.ts'
import { Unavailable } from '../failures.ts'
import { longestPause } from '../manifest/limits.ts'
import type { Manifest } from '../manifest/schema.ts'
import type { Identity } from '../message/copy.ts'
import { backOff, probePause } from '../time/back-off.ts'
import { TimedOut } from '../time/within.ts'
import type { Called } from './apply.ts'
import type { Batcher } from './batcher.ts'
import type { Calls } from './calls.ts'
import { afterFailure, inOrder, setAside } from './disposition.ts'
import { copyOfHandled, publicationsOf, unpublishable, untaken } from './publications.ts'
import type { Order } from './order.ts'
import type { Report } from './report.ts'
import type { Outcome } from './outcome.ts'
import { isAlive, type WorkItem } from './work-item.ts'

/** Milliseconds between two tries to publish. */
const publishAgain = { shortest: 200, longest: 10_000 }
/** Milliseconds for which a delivery is held while the broker does not take its outputs; then it makes room for others. */
const longestPublish = 60_000
/** Items that are published once: a submission's caller waits for the answer, and rows of outbox and inbox are looked for again. */
const triedOnce: ReadonlySet<WorkItem['source']['kind']> = new Set(['submission', 'outbox', 'inbox'])

/** What handling an item came to: undefined when it was let go, which its redelivery or the end of its lease makes good. */
export type Handled = { readonly outcome: Outcome; readonly confirmed: boolean } | undefined

/** What `handle` works with: the stages, in the order in which an item goes through them, and the sign that the process is to end. */
export interface Stages {
  readonly calls: Calls
  readonly batcher: Batcher
  readonly publisher: Publisher
  readonly leaving: AbortSignal
  readonly order?: Pick<Order, 'outlived'> | undefined
}

/**
 * Returns the function that is the life of a work item, from its arrival to its acknowledgement. Every stage is awaited and batches
 * inside itself; only this function decides what happens next.
 */
export function createHandle(
  { calls, batcher, publisher, leaving, order }: Stages,
  { manifest, identity, report }: { manifest: Manifest; identity: Identity; report: Report },
): (item: WorkItem) => Promise<Handled> {
  async function handle(item: WorkItem): Promise<Handled> {
    const called = item.disposition ? { item, disposition: item.disposition } : await call(item)
    const outcome = called && (await commit(called))
    if (!outcome) {
      report.letGo(item)
      return undefined
    }
    report.outcome(item, outcome)

    const published = await publish(item, outcome)
    report.ended(item, outcome, published === 'confirmed')
    if (published === 'unconfirmed') return { outcome, confirmed: false }
    if (item.source.kind === 'delivery') item.source.delivery.acknowledge()
    if (published === 'confirmed') batcher.confirmed(item, outcome)
    return { outcome, confirmed: true }
  }

  /** Calls until the call returns or has a disposition. Undefined when the item is let go: the broker delivers it again. */
  async function call(item: WorkItem): Promise<Called | undefined> {
    for (;;) {
      const end = await calls.run(item)
      switch (end.kind) {
        case 'returned':
          return { item, result: end.result }
        case 'let go':
          return undefined
        case 'waited too long':
          return waitedTooLong(item)
        case 'failed': {
          const { error } = end
          outlived(item)
          const paused = calls.paused !== undefined
          const blamesDependency = error instanceof Unavailable || (paused && error instanceof TimedOut)
          if (!blamesDependency) return failed(item, error)
          if (leaving.aborted) return undefined
          // Paused, the item queues for its turn as a probe. If not, the others go through, so it may be this one alone.
          if (paused) continue
          if (hasWaitedTooLong(item)) return waitedTooLong(item)
          await pause(probePause())
        }
      }
    }
  }

  /** Commits the item or, if its `apply` fails, its disposition. Undefined when the item is let go. */
  async function commit(first: Called): Promise<Outcome | undefined> {
    const { item } = first
    let called: Called | undefined = first
    while (called) {
      const end = await batcher.add(called)
      outlived(item)
      if (end.kind === 'let go') return undefined
      if (end.kind !== 'failed') return end
      const { error } = end
      if (item.source.kind === 'submission') throw error
      if (error instanceof Unavailable) {
        if (leaving.aborted) return undefined
        if (!hasWaitedTooLong(item)) await pause(probePause())
        else called = waitedTooLong(item)
      } else if (called.disposition) {
        // There was nothing to apply, so the error is the database's own and would come again at once.
        if (leaving.aborted) return undefined
        await pause(probePause())
      } else {
        called = failed(item, error)
      }
    }
    return undefined
  }

  /**
   * Publishes what the outcome asks for, until all of it is confirmed. A delivery whose outputs the broker does not take for a minute is
   * set aside by a copy in the delay exchange: its outputs stay in the inbox, and are published when it comes back.
   */
  async function publish(item: WorkItem, outcome: Outcome): Promise<'confirmed' | 'set aside' | 'unconfirmed'> {
    const began = performance.now()
    let open = publicationsOf(item, outcome, identity)
    // It is stored: rather than wait for a broker that is known not to confirm, it is published once that confirms again.
    if (open.length > 0 && triedOnce.has(item.source.kind) && !publisher.confirming) return 'unconfirmed'
    let isAside = false
    for (let tries = 1; open.length > 0; tries++) {
      const answers = await publisher.publish(open)
      report.fates(open, answers)
      const again = open.filter((_, index) => fates[answers[index]!].then === 'again')
      const encodable = open.every((_, index) => fates[answers[index]!].then !== 'never')
      if (again.length === 0 && encodable) break
      if (leaving.aborted || !isAlive(item) || triedOnce.has(item.source.kind)) return 'unconfirmed'
      if (!encodable && (isAside || item.source.kind !== 'delivery')) return 'unconfirmed'

      open = again
      const stuck = outcome.kind !== 'left' && performance.now() - began > longestPublish
      const mayLeave = item.source.kind === 'delivery' && (item.lane === undefined || !encodable)
      if (mayLeave && item.source.kind === 'delivery' && !isAside && (stuck || !encodable)) {
        const disposition = encodable ? untaken(item.source) : unpublishable(item.source)
        report.outcome(item, { kind: 'left', disposition })
        open = [...(stuck ? [] : again), copyOfHandled(item.source, disposition, identity)]
        isAside = true
      }
      await pause(backOff(tries, publishAgain))
    }
    return isAside ? 'set aside' : 'confirmed'
  }

  /** A delivery leaves as a retry or a dead letter, or is parked. The lease of a row ends in 30 s; then it is due again. */
  function failed(item: WorkItem, error: unknown): Called | undefined {
    const { source, received, lane } = item
    if (source.kind === 'delivery' || source.kind === 'parked') {
      const disposition = afterFailure(error, received.type, source.history, manifest.retry)
      return { item, disposition: lane === undefined ? disposition : inOrder(disposition, lane) }
    }
    report.rowFailed(item, error)
    return undefined
  }

  function waitedTooLong(item: WorkItem): Called | undefined {
    const { source } = item
    if (source.kind !== 'delivery') return undefined
    return { item, disposition: setAside('10m', source.history, 'a dependency has been unavailable for too long') }
  }

  function outlived(item: WorkItem): void {
    if (item.source.kind === 'delivery') item.source.delivery.outlived()
    order?.outlived(item)
  }

  /** Ends early when the process is to end. */
  function pause(milliseconds: number): Promise<void> {
    return sleep(milliseconds, undefined, { signal: leaving }).catch(() => undefined)
  }

  return handle
}

/** A message that keeps its place in its key is held for as long as the dependency is down. */
function hasWaitedTooLong({ arrivedAt, lane }: WorkItem): boolean {
  return lane === undefined && Date.now() - arrivedAt > longestPause
}
