import { randomUUID } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import type { Logger } from 'pino'
import type { Delivery } from '../broker/consume-channel.ts'
import type { Consumer } from '../broker/consumer.ts'
import type { Publisher } from '../broker/publisher.ts'
import type { Database } from '../database/connection.ts'
import { timersAtOnce } from '../database/timers.ts'
import { Unavailable } from '../failures.ts'
import type { Manifest } from '../manifest/schema.ts'
import type { Identity } from '../message/copy.ts'
import type { Metrics } from '../observe/metrics.ts'
import type { Subscription } from '../on.ts'
import type { AskFor } from '../question.ts'
import { createBatcher } from './batcher.ts'
import { createCalls } from './calls.ts'
import { keepsOrder } from '../manifest/order.ts'
import { createHandle, type Handled } from './handle.ts'
import { Order } from './order.ts'
import type { PartitionShare } from './partition-share.ts'
import { Report } from './report.ts'
import { itemOfRecord } from './record-item.ts'
import { itemOfDelivery, itemOfSubmission, type Work, type WorkItem } from './work-item.ts'

/** Milliseconds between two looks for rows that are due. */
const lookForDueEvery = 1_000
/** Milliseconds at least until a look for a timer that is known to come: what is due shortly after each other is handled together. */
const lookTogether = 50

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
  /** Of a handler with partitions. */
  readonly share?: PartitionShare | undefined
  readonly publisher: Publisher
  readonly database: Database | undefined
  readonly askFor: AskFor
  readonly metrics: Metrics
  readonly log: Logger
}

/** Owns the work items in hand: lets each one through `handle`, from deliveries, submissions and due rows until the process ends. */
export function createHandling(options: HandlingOptions): Handling {
  const { manifest, subscriptions, ownRowsOnly, consumer, publisher, database, metrics, log } = options
  const leave = new AbortController()
  const leaving = leave.signal
  // Each item that pauses listens to it.
  setMaxListeners(0, leaving)
  const report = new Report(metrics, log)
  for (const { contract } of subscriptions.values())
    if (contract.kind === 'timer') metrics.timerFailures.inc({ type: contract.type }, 0)
  const mayPublish = new Set([...manifest.emits, ...manifest.sends, ...manifest.announces, ...manifest.notifies])
  const { name: handler, timeout } = manifest
  const { share } = options
  const order = keepsOrder(manifest) ? new Order({ manifest, subscriptions, metrics, leaving, share }) : undefined
  const context = {
    ...{ handler, mayPublish, timeout, ownRowsOnly, keepsOrder: order !== undefined, metrics, log },
    nextTimer: lookIn,
  }
  const calls = createCalls(manifest, leaving, report, options)
  const batcher = createBatcher({
    database,
    subscriptions,
    intake: order?.intake ?? consumer,
    leaving,
    report,
    order,
    context,
  })
  const handle = createHandle({ calls, batcher, publisher, leaving, order }, { ...options, report })
  order?.connect({
    between: batcher.between,
    get paused() {
      return calls.paused
    },
  })
  const held = new Set<WorkItem>()
  /** Rows in hand: the lease of one may end while its messages are still not confirmed. */
  const rows = new Set<string>()
  let drained = () => {}

  async function take(item: WorkItem): Promise<Handled> {
    const row = rowOf(item)
    if (row !== undefined && rows.has(row)) return undefined
    held.add(item)
    if (row !== undefined) rows.add(row)
    try {
      return await (order ? order.inTurn(item, handle) : handle(item))
    } finally {
      held.delete(item)
      if (row !== undefined) rows.delete(row)
      if (held.size === 0) drained()
    }
  }

  const recorder = [...subscriptions.values()].find(({ records }) => records)

  let looking = false
  async function takeDue() {
    if (looking || leaving.aborted || !publisher.connected) return
    looking = true
    const { items, next } = await batcher.due(held.size === 0, calls.paused ?? batcher.paused)
    looking = false
    if (next !== undefined) lookIn(next)
    const taken = items.map(take)
    // There may be more: they follow as soon as these are handled, so that no more are in hand than can be handled.
    const full = items.filter(({ source }) => source.kind === 'timer').length === timersAtOnce
    const parked = taken.filter((_, index) => items[index]?.source.kind === 'parked')
    if (!full && parked.length === 0) return
    const ended = await Promise.all(full ? taken : parked)
    // Each parked message that is handled makes the next one of its key due.
    if (full || ended.some((each) => each?.outcome.kind === 'handled')) void takeDue()
  }
  const clock = database && setInterval(() => void takeDue(), lookForDueEvery)

  let look: NodeJS.Timeout | undefined
  let lookAt = Infinity
  /** Looks at the time of a timer, if that comes before the clock's next look may. */
  function lookIn(milliseconds: number) {
    const pause = Math.max(milliseconds, lookTogether)
    const at = performance.now() + pause
    if (pause >= lookForDueEvery || at >= lookAt || leaving.aborted) return
    clearTimeout(look)
    lookAt = at
    look = setTimeout(() => {
      lookAt = Infinity
      void takeDue()
    }, pause)
  }

  return {
    take: (delivery) =>
      void take(recorder ? itemOfRecord(delivery, recorder) : itemOfDelivery(delivery, subscriptions, manifest)),
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
      return calls.paused ?? batcher.paused
    },
    async stop() {
      clearInterval(clock)
      clearTimeout(look)
      const empty = new Promise<void>((resolve) => (drained = resolve))
      leave.abort()
      if (held.size > 0) await empty
      calls.stop()
      await order?.stop()
      await batcher.stop()
    },
  }
}

function rowOf({ source, id }: WorkItem): string | undefined {
  return source.kind === 'delivery' || source.kind === 'submission' ? undefined : `${source.kind} ${id}`
}
