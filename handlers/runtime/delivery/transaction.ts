import type pg from 'pg'
import type { Logger } from 'pino'
import { all } from '../database/connection.ts'
import { dbOf } from '../database/db.ts'
import { beginTransaction, commitTransaction, type Confirmed, type InboxRow } from '../database/inbox.ts'
import { DatabaseLost } from '../database/lost.ts'
import {
  noOutputs,
  outputsOf,
  type Cause,
  type Outgoing,
  type Outputs,
  type Producer,
  type Timer,
} from '../message/outgoing.ts'
import { Unacceptable } from '../message/validate.ts'
import { countOccurrence, type Metrics } from '../observe/metrics.ts'
import type { Batch, BatchItemWithContract, Db, Occurrence } from '../on.ts'
import { TimedOut, within } from '../time/within.ts'
import type { Disposition } from './disposition.ts'
import type { WorkItem } from './work-item.ts'

/** A work item with the result of its call, or with the disposition that it has instead. */
export interface Called {
  readonly item: WorkItem
  readonly result?: unknown
  readonly disposition?: Disposition | undefined
}

/** What a committed transaction made of an item. */
export type Outcome =
  | { readonly kind: 'handled'; readonly messages: readonly Outgoing[]; readonly value?: unknown }
  /** It had been handled before: the messages that it led to then are published again, unless all were confirmed. */
  | { readonly kind: 'known'; readonly messages: readonly Outgoing[] }
  /** It is not handled: a copy of it is published as the disposition says. */
  | { readonly kind: 'left'; readonly disposition: Disposition }

export interface TransactionContext extends Producer {
  /** Milliseconds that all `apply` functions of one transaction may take together. */
  readonly timeout: number
  /** Whether the `apply` functions of one transaction may interleave. */
  readonly ownRowsOnly: boolean
  readonly metrics: Metrics
  readonly log: Logger
}

/**
 * Handles a group of work items in one transaction: which are known? apply the new ones, record them with their outputs, commit. When it
 * throws, either nothing was done, or (after an unknown commit) the next try finds it done.
 *
 * @param confirmed rows that this transaction marks, whatever it contains
 * @returns the outcome of each item, in order
 */
export async function runTransaction(
  client: pg.Client,
  group: readonly Called[],
  confirmed: Confirmed,
  context: TransactionContext,
): Promise<Outcome[]> {
  const ids = group.flatMap(({ item: { id, source } }) => (id !== undefined && inboxed.has(source.kind) ? [id] : []))
  const db = dbOf(client)
  try {
    const known = await beginTransaction(client, ids, confirmed)
    const { outcomes, fresh } = sort(group, known)
    const { made, counts } = await inTime(apply(fresh, db, context), context)
    db.end()
    await commitTransaction(client, rowsOf(fresh, made))
    for (const each of counts) countOccurrence(context.metrics, each)
    fresh.forEach(({ item }, index) => outcomes.set(item, handled(made[index] as Made)))
    // What is left are repeats of an item of this very group: they share its fate.
    return group.map(({ item }) => outcomes.get(item) ?? { kind: 'known', messages: [] })
  } catch (error) {
    db.end()
    // A connection that is lost or stuck is given up, not asked for anything.
    if (!(error instanceof DatabaseLost || error instanceof TimedOut))
      await client.query('rollback').catch(() => undefined)
    throw error
  }
}

/**
 * Handles a group without a database. Repeats cannot be told from first deliveries; the messages that they lead to have the same ids
 * again, by which the next handler recognizes them.
 */
export async function runWithoutDatabase(group: readonly Called[], context: TransactionContext): Promise<Outcome[]> {
  const staying = group.filter(({ disposition }) => !disposition)
  const { made, counts } = await inTime(apply(staying, noDatabase(context.handler), context), context)
  for (const each of counts) countOccurrence(context.metrics, each)
  if (made.some(({ outputs }) => outputs.timers.length > 0))
    throw new Error(`${context.handler}: a message for later needs database: true in handler.yaml`)
  const outcomes = new Map(staying.map(({ item }, index) => [item, handled(made[index] as Made)]))
  return group.map(({ item, disposition }) => outcomes.get(item) ?? left(disposition))
}

function noDatabase(handler: string): Db {
  return {
    query() {
      throw new Error(`${handler}: db needs database: true in handler.yaml`)
    },
  }
}

/** Kinds of items that the inbox records; submitted messages have the outbox instead. */
const inboxed: ReadonlySet<WorkItem['source']['kind']> = new Set(['delivery', 'timer', 'inbox'])

/** Tells the items that are to be applied from those whose outcome is clear: known, in conflict, or not to be handled. */
function sort(group: readonly Called[], known: ReadonlyMap<string, InboxRow>) {
  const outcomes = new Map<WorkItem, Outcome>()
  const firsts = new Map<string, WorkItem>()
  const fresh: Called[] = []
  for (const called of group) {
    const { item, disposition } = called
    if (item.id === undefined) {
      outcomes.set(item, left(disposition))
      continue
    }
    if (!inboxed.has(item.source.kind)) {
      fresh.push(called)
      continue
    }
    const row = known.get(item.id)
    const first = firsts.get(item.id)
    const hash = row?.body_hash ?? first?.bodyHash
    if (hash !== undefined && hash !== item.bodyHash) outcomes.set(item, conflict(item))
    else if (row) outcomes.set(item, { kind: 'known', messages: storedOutputs(row) })
    else if (disposition) outcomes.set(item, left(disposition))
    else if (!first) {
      firsts.set(item.id, item)
      fresh.push(called)
    }
  }
  return { outcomes, fresh }
}

function storedOutputs({ outputs }: InboxRow): readonly Outgoing[] {
  return outputs === null ? [] : (JSON.parse(outputs) as Outgoing[])
}

function conflict({ source, id }: WorkItem): Outcome {
  if (source.kind !== 'delivery') return { kind: 'known', messages: [] }
  const error = new Unacceptable('id-conflict', `another message was handled under the id ${id}`)
  return left({ to: 'dead', reason: error.reason, history: source.history, error })
}

function left(disposition: Disposition | undefined): Outcome {
  return disposition ? { kind: 'left', disposition } : { kind: 'known', messages: [] }
}

function handled({ outputs, value }: Made): Outcome {
  return { kind: 'handled', messages: outputs.publish, value }
}

interface Made {
  readonly outputs: Outputs
  readonly value?: unknown
}

/** Applies the new items: batches whole, submissions and those that touch only rows of their own interleaved, all others in turn. */
async function apply(
  group: readonly Called[],
  db: Db,
  context: TransactionContext,
): Promise<{ made: Made[]; counts: readonly Occurrence[] }> {
  const now = Date.now()
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
    const returned = await batch.run(items as BatchItemWithContract[], { db, log: context.log, count })
    members.forEach((member, index) =>
      made.set(member, { outputs: outputsOf(returned[index] ?? [], context, causeOf(member.item), now) }),
    )
  }
  await all(interleaved.map(async (called) => made.set(called, await applyOne(called, db, context, now))))
  for (const called of inTurn) made.set(called, await applyOne(called, db, context, now))
  return { made: group.map((called) => made.get(called) as Made), counts }
}

async function applyOne({ item, result }: Called, db: Db, context: TransactionContext, now: number): Promise<Made> {
  const { source, subscription, data, received } = item
  if (source.kind === 'submission') {
    const { value, messages } = await source.work(db)
    return { value, outputs: outputsOf(messages, context, causeOf(item), now) }
  }
  if (source.kind === 'outbox') return { outputs: { publish: [source.message], timers: [] } }
  if (source.kind === 'timer' && !subscription) {
    // Not for others but for a saga that this code no longer has: no exchange takes it.
    if (source.message.exchange === 'timers') throw new Error(`nothing here handles ${source.message.type}`)
    return { outputs: { publish: [source.message], timers: [] } }
  }
  if (!subscription?.apply) return { outputs: noOutputs }
  const returned = await subscription.apply(data, { message: received, db, result, log: context.log })
  return { outputs: outputsOf(returned, context, causeOf(item), now) }
}

function causeOf({ received: { id, correlationId, attempt }, traceparent }: WorkItem): Cause {
  return { id, correlationId, attempt, traceparent }
}

function rowsOf(group: readonly Called[], made: readonly Made[]) {
  const handled: InboxRow[] = []
  const timers: Timer[] = []
  const outbox: Outgoing[] = []
  group.forEach(({ item: { id, bodyHash, source } }, index) => {
    const { outputs } = made[index] as Made
    timers.push(...outputs.timers)
    if (source.kind === 'submission') outbox.push(...outputs.publish)
    else if (inboxed.has(source.kind) && id !== undefined) {
      const stored = outputs.publish.length === 0 ? null : JSON.stringify(outputs.publish)
      handled.push({ id, body_hash: bodyHash, outputs: stored })
    }
  })
  return { handled, timers, outbox }
}

function inTime<Value>(work: Promise<Value>, { handler, timeout }: TransactionContext): Promise<Value> {
  return within(timeout, work, () => new TimedOut(`${handler}: apply took longer than ${timeout} ms`))
}
