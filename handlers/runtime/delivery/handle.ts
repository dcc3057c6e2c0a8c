import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Consumer, Delivery } from '../broker/consumer.ts'
import { fates, type Publication } from '../broker/fate.ts'
import type { Publisher } from '../broker/publisher.ts'
import type { Database } from '../database/connection.ts'
import { Unavailable } from '../failures.ts'
import { longestPause } from '../manifest/limits.ts'
import type { Manifest } from '../manifest/schema.ts'
import { copyOf, type Identity } from '../message/copy.ts'
import { properties } from '../message/outgoing.ts'
import type { Metrics } from '../observe/metrics.ts'
import type { Subscription } from '../on.ts'
import { backOff, probePause } from '../time/back-off.ts'
import { TimedOut } from '../time/within.ts'
import { createBatcher } from './batcher.ts'
import { Breaker } from './breaker.ts'
import { createCalls } from './calls.ts'
import { afterFailure, setAside } from './disposition.ts'
import { Report } from './report.ts'
import type { Called, Outcome } from './transaction.ts'
import { isAlive, itemOfDelivery, itemOfSubmission, type Work, type WorkItem } from './work-item.ts'

/** Milliseconds between two looks for rows that are due. */
const lookForDueEvery = 1_000
/** Milliseconds between two tries to publish. */
const publishAgain = { shortest: 200, longest: 10_000 }
/** Milliseconds for which a delivery is held while the broker does not take what it led to; then it makes room for others. */
const longestPublish = 60_000

/** Items that are published once: a submission's caller waits for the answer, and the lease of an outbox row brings it back. */
const triedOnce: ReadonlySet<WorkItem['source']['kind']> = new Set(['submission', 'outbox'])

type DeliverySource = Extract<WorkItem['source'], { kind: 'delivery' }>

interface Handled {
  readonly outcome: Outcome
  readonly confirmed: boolean
}

export interface Handling {
  /** Takes a delivery of the handler's queue. */
  take(delivery: Delivery): void
  /** Runs work in a transaction and publishes its messages. Rejects with the error of the work. */
  submit(work: Work, correlationId: string): Promise<{ value: unknown; confirmed: boolean }>
  /** Work items that are not acknowledged yet. */
  readonly inFlight: number
  /** The dependency for which the handler waits, if it does. */
  readonly paused: string | undefined
  /** Resolves when everything in hand is acknowledged; what waits for a dependency is left to its redelivery. */
  stop(): Promise<void>
}

export interface HandlingOptions {
  readonly manifest: Manifest
  readonly identity: Identity
  readonly subscriptions: ReadonlyMap<string, Subscription>
  readonly ownRowsOnly: boolean
  readonly consumer: Consumer | undefined
  readonly publisher: Publisher
  readonly database: Database | undefined
  readonly metrics: Metrics
  readonly log: Logger
}

/** Handles what a handler receives: `handle` is the life of one message, from its arrival to its acknowledgement. */
export function createHandling(options: HandlingOptions): Handling {
  const { manifest, identity, subscriptions, ownRowsOnly, consumer, publisher, database, metrics, log } = options
  const { name: handler, timeout, emits, sends } = manifest
  const report = new Report(metrics, log)
  const newBreaker = () => new Breaker((dependency, open) => report.pause(dependency, open))
  const breakers = { calls: newBreaker(), transactions: newBreaker() }
  const calls = createCalls(manifest, longestPause, breakers.calls, options)
  const mayPublish = new Set([...emits, ...sends])
  const context = { handler, mayPublish, timeout, ownRowsOnly, metrics, log }
  const batcher = createBatcher(database, subscriptions, consumer, breakers.transactions, context)
  const held = new Set<WorkItem>()
  /** Rows in hand: the lease of one may end while what it led to is still not confirmed. */
  const rows = new Set<string>()
  let drained = () => {}
  let leaving = false

  /** Every stage is awaited and batches inside itself; only this function decides what happens next. */
  async function handle(item: WorkItem): Promise<Handled | undefined> {
    const called = item.disposition ? { item, disposition: item.disposition } : await call(item)
    const outcome = called && (await commit(called))
    if (!outcome) return undefined
    report.outcome(item, outcome)

    const published = await publish(item, outcome)
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
          const paused = breakers.calls.open !== undefined
          const blamesDependency = error instanceof Unavailable || (paused && error instanceof TimedOut)
          if (!blamesDependency) return failed(item, error)
          if (leaving) return undefined
          // Paused, the item queues for its turn as a probe. If not, the others go through, so it may be this one alone.
          if (paused) continue
          if (hasWaitedTooLong(item)) return waitedTooLong(item)
          await sleep(probePause())
        }
      }
    }
  }

  /** Commits the item or, if its `apply` fails, its disposition. Undefined when the item is let go. */
  async function commit(first: Called): Promise<Outcome | undefined> {
    const { item } = first
    for (let called: Called | undefined = first; called;) {
      const end = await batcher.add(called)
      outlived(item)
      if (end.kind === 'let go') return undefined
      if (end.kind !== 'failed') return end
      const { error } = end
      if (item.source.kind === 'submission') throw error
      if (error instanceof Unavailable) {
        if (leaving) return undefined
        if (!hasWaitedTooLong(item)) await sleep(probePause())
        else called = waitedTooLong(item)
      } else if (called?.disposition) {
        // There was nothing to apply, so the error is the database's own and would come again at once.
        await sleep(probePause())
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
    const began = Date.now()
    let open = publicationsOf(item, outcome)
    let isAside = false
    for (let tries = 1; open.length > 0; tries++) {
      const answers = await publisher.publish(open)
      report.fates(open, answers)
      const left = { again: [] as Publication[], never: [] as Publication[], done: [] as Publication[] }
      open.forEach((publication, index) => left[fates[answers[index] ?? 'unknown'].then].push(publication))
      if (left.done.length === open.length) break
      if (leaving || !isAlive(item) || triedOnce.has(item.source.kind)) return 'unconfirmed'

      open = left.again
      const stuck = outcome.kind !== 'left' && Date.now() - began > longestPublish
      if (left.never.length > 0 && (isAside || item.source.kind !== 'delivery')) return 'unconfirmed'
      if (item.source.kind === 'delivery' && !isAside && (stuck || left.never.length > 0)) {
        open = [aside(item.source, left.never.length > 0)]
        isAside = true
      }
      await sleep(backOff(tries, publishAgain))
    }
    return isAside ? 'set aside' : 'confirmed'
  }

  function publicationsOf({ source }: WorkItem, outcome: Outcome): Publication[] {
    if (outcome.kind === 'left')
      return source.kind === 'delivery' ? [copyOf(source.delivery.raw, outcome.disposition, identity)] : []
    return outcome.messages.map((message) => ({
      exchange: message.exchange,
      key: message.key,
      content: Buffer.from(message.body),
      options: properties(message, identity.user, identity.name),
    }))
  }

  function aside({ delivery: { raw }, history }: DeliverySource, unencodable: boolean): Publication {
    if (!unencodable) return copyOf(raw, setAside('2m', history, 'the broker does not take its outputs'), identity)
    const error = new Error('what it led to cannot be encoded for the broker')
    const { messageId, type } = raw.properties as { messageId?: unknown; type?: unknown }
    const bare = { ...raw, properties: { messageId, type } as typeof raw.properties }
    return copyOf(bare, { to: 'dead', reason: 'unpublishable', history, error }, identity)
  }

  /** A delivery leaves as a retry or a dead letter. The lease of a row ends in 30 s; then it is due again. */
  function failed(item: WorkItem, error: unknown): Called | undefined {
    const { source, received } = item
    if (source.kind === 'delivery')
      return { item, disposition: afterFailure(error, received.type, source.history, manifest.retry) }
    report.rowFailed(item, error)
    return undefined
  }

  function waitedTooLong(item: WorkItem): Called | undefined {
    const { source } = item
    if (source.kind !== 'delivery') return undefined
    return { item, disposition: setAside('10m', source.history, 'a dependency has been unavailable for too long') }
  }

  async function take(item: WorkItem): Promise<Handled | undefined> {
    const row = rowOf(item)
    if (row !== undefined && rows.has(row)) return undefined
    held.add(item)
    if (row !== undefined) rows.add(row)
    try {
      return await handle(item)
    } finally {
      held.delete(item)
      if (row !== undefined) rows.delete(row)
      if (held.size === 0) drained()
    }
  }

  let looking = false
  async function takeDue() {
    if (looking || leaving || !publisher.connected) return
    looking = true
    for (const item of await batcher.due()) void take(item)
    looking = false
  }
  const clock = database && setInterval(() => void takeDue(), lookForDueEvery)

  return {
    take: (delivery) => void take(itemOfDelivery(delivery, subscriptions, manifest)),
    async submit(work, correlationId) {
      const handled = await take(itemOfSubmission(work, correlationId, randomUUID()))
      if (handled?.outcome.kind !== 'handled')
        throw new Unavailable('database', { cause: new Error('the process leaves') })
      return { value: handled.outcome.value, confirmed: handled.confirmed }
    },
    get inFlight() {
      return held.size
    },
    get paused() {
      return breakers.calls.open ?? breakers.transactions.open
    },
    async stop() {
      leaving = true
      clearInterval(clock)
      const empty = new Promise<void>((resolve) => (drained = resolve))
      calls.leave()
      batcher.leave()
      if (held.size > 0) await empty
      calls.stop()
      await batcher.stop()
    },
  }
}

function hasWaitedTooLong({ arrivedAt }: WorkItem): boolean {
  return Date.now() - arrivedAt > longestPause
}

function outlived({ source }: WorkItem): void {
  if (source.kind === 'delivery') source.delivery.outlived()
}

function rowOf({ source, id }: WorkItem): string | undefined {
  return source.kind === 'delivery' || source.kind === 'submission' ? undefined : `${source.kind} ${id}`
}
