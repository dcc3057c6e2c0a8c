import type { Logger } from 'pino'
import { all } from '../database/connection.ts'
import type { ScopedDb } from '../database/db.ts'
import { outputsOf, type Cause, type Producer } from '../message/handler-outputs.ts'
import { noOutputs, sentByTimer, type Outputs } from '../message/outgoing.ts'
import type { Metrics } from '../observe/metrics.ts'
import type { Batch, BatchItemWithContract, Occurrence } from '../on.ts'
import { TimedOut, within } from '../time/within.ts'
import type { Disposition } from './disposition.ts'
import type { WorkItem } from './work-item.ts'

/** A work item with the result of its call, or with the disposition that it has instead. */
export interface Called {
  readonly item: WorkItem
  readonly result?: unknown
  readonly disposition?: Disposition | undefined
}

export interface TransactionContext extends Producer {
  /** Milliseconds that all `apply` functions of one transaction may take together. */
  readonly timeout: number
  /** Whether the `apply` functions of one transaction may interleave. */
  readonly ownRowsOnly: boolean
  /** Whether messages of one key keep their order. */
  readonly keepsOrder?: boolean
  /** Gets the milliseconds until the first of the timers that a transaction has stored. */
  readonly nextTimer?: (milliseconds: number) => void
  readonly metrics: Metrics
  readonly log: Logger
}

/** What applying an item led to; `value` is what a submission returned. */
export interface Made {
  readonly outputs: Outputs
  readonly value?: unknown
}

/** Opens the database for the function that handles an item, until that returns. */
export type OpenDb = (item: WorkItem) => ScopedDb

interface Applied {
  readonly made: readonly Made[]
  readonly counts: readonly Occurrence[]
}

/**
 * Applies items inside a transaction: batches whole, submissions and those that touch only rows of their own interleaved, all others in
 * turn.
 *
 * @param clock the time of the handler, in milliseconds
 * @returns in the order of the group what each led to, and what is to be counted once the transaction has committed
 * @throws `TimedOut` when all of them together take longer than the timeout
 */
export function apply(
  group: readonly Called[],
  open: OpenDb,
  clock: () => number,
  context: TransactionContext,
): Promise<Applied> {
  const { handler, timeout } = context
  return within(
    timeout,
    applyAll(group, open, clock, context),
    () => new TimedOut(`${handler}: apply took longer than ${timeout} ms`),
  )
}

async function applyAll(
  group: readonly Called[],
  open: OpenDb,
  clock: () => number,
  context: TransactionContext,
): Promise<Applied> {
  const made = new Map<Called, Made>()
  const counts: Occurrence[] = []
  const batches = new Map<Batch, Called[]>()
  const interleaved: Called[] = []
  const inTurn: Called[] = []
  for (const called of group) {
    const batch = called.item.subscription?.batch
    if (batch) batches.set(batch, [...(batches.get(batch) ?? []), called])
    else if (context.ownRowsOnly || called.item.source.kind === 'submission') interleaved.push(called)
    else inTurn.push(called)
  }

  for (const [batch, members] of batches) {
    const items = members.map(({ item: { subscription, data, received } }) => ({
      data,
      message: received,
      contract: subscription?.contract,
    }))
    const count = (each: Occurrence) => void counts.push(each)
    const now = new Date(clock())
    const db = open(members[0]!.item)
    const returned = await batch
      .run(items as BatchItemWithContract[], { db, now, log: context.log, count })
      .finally(() => db.end())
    members.forEach((member, index) =>
      made.set(member, { outputs: outputsOf(returned[index] ?? [], context, causeOf(member.item), clock()) }),
    )
  }
  await all(interleaved.map(async (called) => made.set(called, await applyOne(called, open, clock, context))))
  for (const called of inTurn) made.set(called, await applyOne(called, open, clock, context))
  return { made: group.map((called) => made.get(called) as Made), counts }
}

async function applyOne(
  { item, result }: Called,
  open: OpenDb,
  clock: () => number,
  context: TransactionContext,
): Promise<Made> {
  const { source, subscription, data, received } = item
  if (source.kind === 'submission') {
    const db = open(item)
    const { value, messages } = await source.work(db).finally(() => db.end())
    return { value, outputs: outputsOf(messages, context, causeOf(item), clock()) }
  }
  if (source.kind === 'outbox') return { outputs: { ...noOutputs, publish: [source.message] } }
  if (source.kind === 'timer' && !subscription) {
    // Not for others but for a saga that this code no longer has: no exchange takes it.
    if (source.message.exchange === 'timers') throw new Error(`nothing here handles ${source.message.type}`)
    return { outputs: { ...noOutputs, publish: [source.message], sent: [sentByTimer(source.message)] } }
  }
  if (!subscription?.apply) return { outputs: noOutputs }
  const db = open(item)
  const returned = await subscription
    .apply(data, { message: received, db, result, log: context.log })
    .finally(() => db.end())
  return { outputs: outputsOf(returned, context, causeOf(item), clock()) }
}

function causeOf({ received: { id, correlationId, attempt, priority }, traceparent }: WorkItem): Cause {
  return { id, correlationId, attempt, priority, traceparent }
}
