import type pg from 'pg'
import { dbOf } from '../database/db.ts'
import {
  beginTransaction,
  commitTransaction,
  type Confirmed,
  type HandledRow,
  type InboxRow,
} from '../database/inbox.ts'
import type { Outgoing, Timer } from '../message/outgoing.ts'
import { Unacceptable } from '../message/validate.ts'
import { countOccurrence } from '../observe/metrics.ts'
import { apply, type Called, type Made, type OpenDb, type TransactionContext } from './apply.ts'
import type { Disposition } from './disposition.ts'
import { handledRow } from './handled-row.ts'
import { ParkedLanes } from './parking.ts'
import { logFields, type WorkItem } from './work-item.ts'
import type { Outcome } from './outcome.ts'

/**
 * Handles a group of work items in one transaction: which are known? apply the new ones, record them with their outputs, commit. When it
 * throws, its caller rolls back: either nothing was done, or (after an unknown commit) the next try finds it done.
 *
 * @param confirmed rows to mark in this transaction, which may contain no item
 * @returns the outcome of each item, in order
 */
export async function runTransaction(
  client: pg.Client,
  group: readonly Called[],
  confirmed: Confirmed,
  context: TransactionContext,
): Promise<Outcome[]> {
  const ids = group.flatMap(({ item: { id, source } }) => (id !== undefined && inboxed.has(source.kind) ? [id] : []))
  const open = (item: WorkItem) =>
    dbOf(client, (text) =>
      context.log.error(
        { ...logFields(item), statement: text.trim().slice(0, 40) },
        'a query came after its handler had returned, and changes nothing: await every query',
      ),
    )
  const { known, clock } = await beginTransaction(client, ids, confirmed)
  const parked = context.keepsOrder ? await ParkedLanes.find(client, group) : undefined
  const { outcomes, fresh } = sort(group, known, parked)
  const { made, counts } = await apply(fresh, open, clock, context)
  const rows = rowsOf(fresh, made)
  await commitTransaction(client, rows, parked?.store(client, outcomes, fresh))
  if (rows.timers.length > 0) context.nextTimer?.(soonest(rows.timers, clock()))
  for (const each of counts) countOccurrence(context.metrics, each)
  const at = clock()
  fresh.forEach(({ item }, index) => outcomes.set(item, handled(made[index] as Made, at)))
  // What is left are repeats of an item of this very group: they share its fate.
  return group.map(({ item }) => outcomes.get(item) ?? { kind: 'known', messages: [] })
}

/**
 * Handles a group without a database. Repeats cannot be told from first deliveries; the messages that they lead to have the same ids
 * again, by which the next handler recognizes them.
 */
export async function runWithoutDatabase(group: readonly Called[], context: TransactionContext): Promise<Outcome[]> {
  const staying = group.filter(({ disposition }) => !disposition)
  const { made, counts } = await apply(staying, noDatabase(context.handler), Date.now, context)
  for (const each of counts) countOccurrence(context.metrics, each)
  if (made.some(({ outputs }) => outputs.timers.length + outputs.freed.length > 0))
    throw new Error(needsDatabase(context.handler, 'returned a message for later, or cancelled one'))
  const at = Date.now()
  const outcomes = new Map(staying.map(({ item }, index) => [item, handled(made[index] as Made, at)]))
  return group.map(({ item, disposition }) => outcomes.get(item) ?? left(disposition))
}

function noDatabase(handler: string): OpenDb {
  return () => ({
    query() {
      throw new Error(needsDatabase(handler, 'used db'))
    },
    end() {},
  })
}

/** Kinds of items that the inbox records; submitted messages have the outbox instead. */
const inboxed: ReadonlySet<WorkItem['source']['kind']> = new Set(['delivery', 'timer', 'inbox', 'parked'])

/** Tells the items that are to be applied from those whose outcome is clear: known, in conflict, or not to be handled. */
function sort(group: readonly Called[], known: ReadonlyMap<string, InboxRow>, parked: ParkedLanes | undefined) {
  const outcomes = new Map<WorkItem, Outcome>()
  const firsts = new Map<string, WorkItem>()
  const fresh: Called[] = []
  for (const called of group) {
    const { item } = called
    const disposition = parked?.behind(item) ?? called.disposition
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

function handled({ outputs, value }: Made, at: number): Outcome {
  return { kind: 'handled', messages: outputs.publish, at, value }
}

function rowsOf(group: readonly Called[], made: readonly Made[]) {
  const handled: HandledRow[] = []
  let timers: Timer[] = []
  const freed: string[] = []
  const outbox: Outgoing[] = []
  group.forEach(({ item }, index) => {
    const { id, source } = item
    const { outputs } = made[index] as Made
    if (outputs.freed.length > 0) {
      freed.push(...outputs.freed)
      timers = timers.filter(({ name }) => name === null || !outputs.freed.includes(name))
    }
    timers.push(...outputs.timers)
    if (source.kind === 'submission') {
      outbox.push(...outputs.publish)
      // Nothing asks whether it was done: the row begins the trace of its operation.
      if (outputs.sent.length > 0) handled.push(handledRow(item, item.received.id, outputs, null))
    } else if (inboxed.has(source.kind) && id !== undefined) {
      const stored = outputs.publish.length === 0 ? null : JSON.stringify(outputs.publish)
      handled.push(handledRow(item, id, outputs, stored))
    }
  })
  return { handled, freed, timers, outbox }
}

/** Milliseconds until the first of them is due. */
function soonest(timers: readonly Timer[], now: number): number {
  return timers.reduce((least, { due }) => Math.min(least, 'after' in due ? due.after : due.getTime() - now), Infinity)
}

function needsDatabase(handler: string, what: string): string {
  return `handlers/${handler}/handler.yaml: database must be true, because handler.ts ${what}`
}
