import { randomUUID } from 'node:crypto'
import type { Logger } from 'pino'
import { longestPause } from '../manifest/limits.ts'
import type { Manifest } from '../manifest/schema.ts'
import type { Metrics } from '../observe/metrics.ts'
import type { Subscription } from '../on.ts'
import { Breaker, jitteredPause } from './breaker.ts'
import { createCalls } from './calls.ts'
import type { RawDelivery } from '../broker/consumer.ts'
import { copyOf, describe, type Identity } from '../message/copy.ts'
import { entryOfDelivery, entryOfSubmission, logFields, type Entry, type Submission } from './work-item.ts'
import type { Outcome } from './group.ts'
import { createGroups } from './groups.ts'
import { properties } from '../message/outgoing.ts'
import type { Publication, Publisher } from '../broker/publisher.ts'
import { settle } from './settlement.ts'
import type { Store } from './store.ts'
import { verdict } from './disposition.ts'

export interface Pipeline {
  /** Takes a delivery of the handler's queue. */
  receive(delivery: RawDelivery): void
  submit(submission: Submission): void
  /** Messages held and not yet acknowledged. */
  readonly inFlight: number
  /** What keeps the handler from working, if anything does. */
  readonly paused: string | undefined
  /** Ends when everything that is held has been acknowledged; what waits for a dependency is left to its redelivery. */
  stop(): Promise<void>
}

/**
 * The way of a message through a handler:
 *
 *     validate → call (outside, `concurrency` at once) → group (one transaction) → publish (one wait for the confirms) → acknowledge
 *
 * What leaves without being handled (a retry, a dead letter) takes the same way from the group on, so the inbox is always asked
 * first: a message that was handled before publishes what it led to then, and never its copy.
 *
 * @param mayGrow whether more deliveries can arrive while that many wait for their group
 */
export function createPipeline({
  manifest,
  identity,
  subscriptions,
  publisher,
  store,
  acknowledge,
  mayGrow,
  metrics,
  log,
}: {
  manifest: Manifest
  identity: Identity
  subscriptions: ReadonlyMap<string, Subscription>
  publisher: Publisher
  store: Store
  acknowledge: (deliveries: readonly RawDelivery[]) => void
  mayGrow: (waiting: number) => boolean
  metrics: Metrics
  log: Logger
}): Pipeline {
  const held = new Set<Entry>()
  /** Rows in hand: the lease of one may end while what it led to is still not confirmed. */
  const rows = new Set<string>()
  let drained = () => {}
  let stopping = false
  const leaving = () => stopping

  const breakers = [new Breaker(showPause), new Breaker(showPause)] as const
  const dropped = (entry: Entry) => forget([entry])
  const calls = createCalls({
    manifest,
    breaker: breakers[0],
    maxPause: longestPause,
    leaving,
    done: (entry) => groups.add(entry),
    failed,
    dropped,
    expired,
    metrics,
    log,
  })
  const groups = createGroups({
    store,
    breaker: breakers[1],
    leaving,
    finish,
    failed,
    dropped,
    expired,
    arrive,
    mayPublish: () => publisher.connected,
    mayGrow,
    metrics,
    log,
  })

  function arrive(entry: Entry) {
    const row = rowOf(entry)
    if (row !== undefined) {
      if (rows.has(row)) return
      rows.add(row)
    }
    held.add(entry)
    if (entry.exit || !entry.subscription?.call) groups.add(entry)
    else calls.add(entry)
  }

  function forget(entries: readonly Entry[]) {
    for (const entry of entries) {
      // Once: by the second time its row may be in hand again.
      if (!held.delete(entry)) continue
      const row = rowOf(entry)
      if (row !== undefined) rows.delete(row)
    }
    if (held.size === 0) drained()
  }

  function showPause(dependency: string, open: boolean) {
    metrics.paused.set({ dependency }, open ? 1 : 0)
    log.warn({ dependency }, open ? 'paused until the dependency answers' : 'the dependency answers again')
  }

  function failed(entry: Entry, error: unknown) {
    const { source, received } = entry
    if (source.kind === 'queue') {
      // It was leaving already, so it is the store that fails, and would again at once.
      if (entry.exit) return void setTimeout(() => groups.add(entry), jitteredPause())
      entry.exit = verdict(error, received.type, source.history, manifest.retry)
      return groups.add(entry)
    }
    if (source.kind === 'submit') source.submission.fail(error)
    // A row's lease ends in 30 s; then it is due again.
    else log.error({ ...logFields(entry), reason: describe(error) }, 'a row that was due could not be handled')
    forget([entry])
  }

  /** It has waited for a dependency as long as it may: the last tier takes it, its attempts unspent. */
  function expired(entry: Entry) {
    if (entry.source.kind !== 'queue') return forget([entry])
    const error = new Error('what it depends on has been down for too long')
    entry.exit = { to: 'delay', tier: '10m', history: entry.source.history, outcome: 'deferred', error }
    groups.add(entry)
  }

  function finish(entries: readonly Entry[], outcomes: readonly Outcome[]) {
    const results = new Map(entries.map((entry, index) => [entry, outcomes[index] as Outcome]))
    const settlings = [...results].map(([entry, outcome]) => ({ entry, publications: publications(entry, outcome) }))
    const now = Date.now()
    for (const [entry, outcome] of results) count(entry, outcome, now)

    void settle(settlings, {
      publisher,
      confirmed(done) {
        acknowledge(done.flatMap(({ source }) => (source.kind === 'queue' ? [source.delivery] : [])))
        for (const entry of done) groups.confirmed(entry, results.get(entry) as Outcome)
        answer(done, results, true)
        forget(done)
      },
      unconfirmed: (open) => answer(open, results, false),
      leaving,
      metrics,
      log,
    }).then(() => forget(entries))
  }

  function answer(entries: readonly Entry[], results: ReadonlyMap<Entry, Outcome>, confirmed: boolean) {
    for (const entry of entries) {
      const outcome = results.get(entry)
      if (entry.source.kind === 'submit' && outcome?.kind === 'applied')
        entry.source.submission.answer(outcome.value, confirmed)
    }
  }

  function publications(entry: Entry, outcome: Outcome): Publication[] {
    if (outcome.kind !== 'leaves') {
      return outcome.publish.map((message) => ({
        exchange: message.exchange,
        key: message.key,
        content: Buffer.from(message.body),
        options: properties(message, identity.user, identity.name),
      }))
    }
    if (entry.source.kind !== 'queue' || !entry.exit) return []
    return [copyOf(entry.source.delivery.raw, entry.exit, identity)]
  }

  function count(entry: Entry, { kind }: Outcome, now: number) {
    const { source, subscription, exit, received } = entry
    const type = subscription?.contract.type ?? (source.kind === 'queue' ? 'unknown' : source.kind)
    // Without a time it was published in 1970.
    const publishedAt = received.publishedAt.getTime()
    if (kind === 'applied' && source.kind === 'queue' && publishedAt > 0)
      metrics.ageSeconds.observe({ type }, Math.max(0, now - publishedAt) / 1_000)
    if (kind !== 'leaves' || !exit) return metrics.handled.inc({ type, outcome: kind === 'known' ? 'known' : 'done' })
    const fields = { ...logFields(entry), reason: describe(exit.error) }
    if (exit.to === 'dead') {
      metrics.handled.inc({ type, outcome: 'dead' })
      metrics.dead.inc({ reason: exit.reason })
      return log.error({ ...fields, deadReason: exit.reason }, 'to the dead letters')
    }
    metrics.handled.inc({ type, outcome: exit.outcome })
    metrics.retries.inc({ type })
    if (!exit.stuck) return log.warn({ ...fields, tier: exit.tier }, 'put off')
    metrics.stuck.inc({ type })
    log.error({ ...fields, tier: exit.tier }, 'still failing: it is tried for ever')
  }

  function rowOf({ source, id }: Entry): string | undefined {
    return source.kind === 'queue' || source.kind === 'submit' ? undefined : `${source.kind} ${id}`
  }

  return {
    receive: (delivery) => arrive(entryOfDelivery(delivery, subscriptions, manifest)),
    submit: (submission) => arrive(entryOfSubmission(submission, randomUUID())),
    get inFlight() {
      return held.size
    },
    get paused() {
      return breakers[0].open ?? breakers[1].open
    },
    async stop() {
      stopping = true
      const empty = new Promise<void>((resolve) => (drained = resolve))
      if (breakers[0].open !== undefined) calls.stop()
      if (held.size > 0) await empty
      calls.stop()
      await groups.stop()
    },
  }
}
