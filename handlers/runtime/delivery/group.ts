import type pg from 'pg'
import type { Logger } from 'pino'
import { countOccurrence, type Metrics } from '../observe/metrics.ts'
import type { ApplyContext, Batch, BatchItemWithContract, Db, Occurrence } from '../on.ts'
import { DatabaseLost, dbOf } from '../database/connection.ts'
import type { Entry } from './work-item.ts'
import { all, beginGroup, commitGroup, type Confirmed, type Handled } from '../database/inbox.ts'
import { Unacceptable } from '../message/validate.ts'
import { noOutputs, outputsOf, type Outgoing, type Outputs, type Timer } from '../message/outgoing.ts'
import { TimedOut } from './disposition.ts'

/** What became of an entry in a committed group. */
export type Outcome =
  | { readonly kind: 'applied'; readonly publish: readonly Outgoing[]; readonly value?: unknown }
  /** It was handled before: what it led to then is published again. */
  | { readonly kind: 'known'; readonly publish: readonly Outgoing[] }
  /** It leaves, as its exit says. */
  | { readonly kind: 'leaves' }

export interface GroupContext {
  readonly handler: string
  /** Milliseconds that the applies of one group may take together. */
  readonly timeout: number
  /** Whether the applies of one group may interleave. */
  readonly ownRowsOnly: boolean
  readonly metrics: Metrics
  readonly log: Logger
}

/**
 * Handles a group of entries in one transaction: which are known? apply the new ones, record them with their outputs, commit.
 * When it throws, nothing was done or (an unknown commit) the next try will find it done.
 *
 * @returns the outcome of each entry, in order
 */
export async function applyGroup(
  client: pg.Client,
  entries: readonly Entry[],
  confirmed: Confirmed,
  context: GroupContext,
): Promise<Outcome[]> {
  const ids = entries.flatMap(({ id, source }) => (id !== undefined && inboxed.has(source.kind) ? [id] : []))
  const db = dbOf(client)
  try {
    const known = await beginGroup(client, ids, confirmed)
    const outcomes = new Map<Entry, Outcome>()
    const firsts = new Map<string, Entry>()
    const fresh: Entry[] = []

    for (const entry of entries) {
      if (entry.id === undefined) {
        outcomes.set(entry, { kind: 'leaves' })
        continue
      }
      const row = known.get(entry.id)
      const first = firsts.get(entry.id)
      const hash = row?.body_hash ?? first?.bodyHash
      if (hash !== undefined && hash !== entry.bodyHash) outcomes.set(entry, conflict(entry))
      else if (row)
        outcomes.set(entry, {
          kind: 'known',
          publish: row.outputs === null ? [] : (JSON.parse(row.outputs) as Outgoing[]),
        })
      else if (entry.exit) outcomes.set(entry, { kind: 'leaves' })
      else if (!first) {
        firsts.set(entry.id, entry)
        fresh.push(entry)
      }
    }

    const { made, counts } = await withTimeout(apply(fresh, db, context), context)
    db.end()
    await commitGroup(client, rows(fresh, made))
    for (const each of counts) countOccurrence(context.metrics, each)
    fresh.forEach((entry, index) => {
      const { outputs, value } = made[index] as Made
      outcomes.set(entry, { kind: 'applied', publish: outputs.publish, value })
    })
    // What is left are repeats of an entry of this very group: they share its fate.
    return entries.map((entry) => outcomes.get(entry) ?? { kind: 'known', publish: [] })
  } catch (error) {
    db.end()
    // Of a connection that is lost or stuck nothing can be asked: it is given up.
    if (!(error instanceof DatabaseLost || error instanceof TimedOut))
      await client.query('rollback').catch(() => undefined)
    throw error
  }
}

/**
 * Handles a group without a database. Nothing tells repeats from first deliveries: what they lead to has the same ids again, which
 * is what tells them apart one step further.
 */
export async function applyWithoutDatabase(entries: readonly Entry[], context: GroupContext): Promise<Outcome[]> {
  const staying = entries.filter(({ exit }) => !exit)
  const { made, counts } = await withTimeout(apply(staying, noDatabase(context.handler), context), context)
  for (const each of counts) countOccurrence(context.metrics, each)
  const outcomes = new Map(staying.map((entry, index) => [entry, made[index] as Made]))
  return entries.map((entry) => {
    const result = outcomes.get(entry)
    if (!result) return { kind: 'leaves' }
    if (result.outputs.timers.length > 0)
      throw new Error(`${context.handler}: a message for later needs database: true in handler.yaml`)
    return { kind: 'applied', publish: result.outputs.publish }
  })
}

function noDatabase(handler: string): Db {
  return {
    query() {
      throw new Error(`${handler}: db needs database: true in handler.yaml`)
    },
  }
}

/** Kinds of entries that the inbox records; submitted messages have the outbox instead. */
const inboxed: ReadonlySet<Entry['source']['kind']> = new Set(['queue', 'timer', 'inbox'])

function conflict(entry: Entry): Outcome {
  if (entry.source.kind !== 'queue') return { kind: 'known', publish: [] }
  const error = new Unacceptable('id-conflict', `another message was handled under the id ${entry.id}`)
  entry.exit = { to: 'dead', reason: error.reason, history: entry.source.history, error }
  return { kind: 'leaves' }
}

interface Made {
  readonly outputs: Outputs
  readonly value?: unknown
}

/** Applies the new entries: batches whole, the others one after another or, if they touch rows of their own alone, interleaved. */
async function apply(
  entries: readonly Entry[],
  db: Db,
  context: GroupContext,
): Promise<{ made: Made[]; counts: readonly Occurrence[] }> {
  const now = Date.now()
  const made = new Map<Entry, Made>()
  const counts: Occurrence[] = []
  const count = (each: Occurrence) => void counts.push(each)
  const batches = new Map<Batch, Entry[]>()
  const interleaved: Entry[] = []
  const inTurn: Entry[] = []
  for (const entry of entries) {
    const batch = entry.subscription?.batch
    if (batch) batches.set(batch, [...(batches.get(batch) ?? []), entry])
    else if (context.ownRowsOnly || entry.source.kind === 'submit') interleaved.push(entry)
    else inTurn.push(entry)
  }

  for (const [batch, members] of batches) {
    const items = members.map(({ subscription, data, received }) => ({
      data,
      message: received,
      contract: subscription?.contract,
    }))
    const returned = await batch.run(items as BatchItemWithContract[], { db, log: context.log, count })
    members.forEach((entry, index) =>
      made.set(entry, { outputs: outputsOf(returned[index] ?? [], context.handler, causeOf(entry), now) }),
    )
  }
  await all(interleaved.map(async (entry) => made.set(entry, await applyOne(entry, db, context, now))))
  for (const entry of inTurn) made.set(entry, await applyOne(entry, db, context, now))
  return { made: entries.map((entry) => made.get(entry) as Made), counts }
}

async function applyOne(entry: Entry, db: Db, { handler, log }: GroupContext, now: number): Promise<Made> {
  const { source, subscription, data, received, result } = entry
  if (source.kind === 'submit') {
    const { value, messages } = await source.submission.work(db)
    return { value, outputs: outputsOf(messages, handler, causeOf(entry), now) }
  }
  if (source.kind === 'outbox') return { outputs: { publish: [source.message], timers: [] } }
  if (source.kind === 'timer' && !subscription) {
    // Not for others but for a saga that this code no longer has: no exchange takes it.
    if (source.message.exchange === 'timers') throw new Error(`nobody here waits for ${source.message.type}`)
    return { outputs: { publish: [source.message], timers: [] } }
  }
  if (!subscription) return { outputs: noOutputs }
  if (!subscription.apply) return { outputs: noOutputs }
  const context: ApplyContext<unknown> = { message: received, db, result: result?.value, log }
  return { outputs: outputsOf(await subscription.apply(data, context), handler, causeOf(entry), now) }
}

function causeOf({ received, traceparent }: Entry) {
  return { id: received.id, correlationId: received.correlationId, attempt: received.attempt, traceparent }
}

function rows(entries: readonly Entry[], made: readonly Made[]) {
  const handled: Handled[] = []
  const timers: Timer[] = []
  const outbox: Outgoing[] = []
  entries.forEach((entry, index) => {
    const { outputs } = made[index] as Made
    timers.push(...outputs.timers)
    if (entry.source.kind === 'submit') outbox.push(...outputs.publish)
    else if (inboxed.has(entry.source.kind) && entry.id !== undefined) {
      const stored = outputs.publish.length === 0 ? null : JSON.stringify(outputs.publish)
      handled.push({ id: entry.id, body_hash: entry.bodyHash, outputs: stored })
    }
  })
  return { handled, timers, outbox }
}

async function withTimeout<Value>(work: Promise<Value>, { handler, timeout }: GroupContext): Promise<Value> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TimedOut(`${handler}: apply took longer than ${timeout} ms`)), timeout)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
