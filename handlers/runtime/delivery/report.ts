import type { Logger } from 'pino'
import type { Fate, Publication } from '../broker/fate.ts'
import { describe, framesOf } from '../message/error-text.ts'
import type { Metrics } from '../observe/metrics.ts'
import type { Parked } from './disposition.ts'
import type { Outcome } from './outcome.ts'
import { ageOf, logFields, type WorkItem } from './work-item.ts'

/** Metrics and log lines about what happened to work items. */
export class Report {
  readonly #metrics: Metrics
  readonly #log: Logger
  /** Asked once: a line for each handled message must cost nothing while it is not wanted. */
  readonly #detailed: boolean

  constructor(metrics: Metrics, log: Logger) {
    this.#metrics = metrics
    this.#log = log
    this.#detailed = log.isLevelEnabled('debug')
  }

  pause(dependency: string, paused: boolean): void {
    this.#metrics.paused.set({ dependency }, paused ? 1 : 0)
    this.#log.warn({ dependency }, paused ? 'paused until the dependency answers' : 'the dependency answers again')
  }

  outcome(item: WorkItem, outcome: Outcome): void {
    const { source, subscription, received } = item
    const type = subscription?.contract.type ?? (source.kind === 'delivery' ? 'unknown' : source.kind)
    const { handled, ageSeconds, dead, retries, putOff, stuck } = this.#metrics
    if (outcome.kind !== 'left') {
      // A message without a time of its own was published in 1970.
      const publishedAt = received.publishedAt.getTime()
      if (outcome.kind === 'handled' && source.kind === 'delivery' && publishedAt > 0)
        ageSeconds.observe({ type }, Math.max(0, outcome.at - publishedAt) / 1_000)
      return handled.inc({ type, outcome: outcome.kind === 'known' ? 'known' : 'done' })
    }
    const { disposition } = outcome
    const fields = { ...logFields(item), ...errorFields(disposition.error) }
    if (disposition.to === 'dead') {
      handled.inc({ type, outcome: 'dead' })
      dead.inc({ reason: disposition.reason })
      return this.#log.error({ ...fields, deadReason: disposition.reason }, 'to the dead letters')
    }
    if (disposition.to === 'park') return this.#parked(item, disposition, type)
    handled.inc({ type, outcome: disposition.outcome })
    retries.inc({ type })
    putOff.inc({ tier: disposition.tier })
    if (!disposition.stuck) return this.#log.warn({ ...fields, tier: disposition.tier }, 'put off')
    stuck.inc({ type })
    this.#log.error({ ...fields, tier: disposition.tier }, 'still failing: it is tried for ever')
  }

  #parked(item: WorkItem, { after, lane, reason, error, stuck }: Parked, type: string): void {
    const { handled, retries } = this.#metrics
    handled.inc({ type, outcome: 'parked' })
    // Behind another one, it has not failed.
    if (after === undefined) return
    const fields = { ...logFields(item), ...errorFields(error), key: lane }
    if (after === null)
      return this.#log.error({ ...fields, deadReason: reason }, 'its key rests until it is redriven or discarded')
    retries.inc({ type })
    if (stuck) this.#metrics.stuck.inc({ type })
    this.#log.warn({ ...fields, tier: after }, 'parked with all that follows of its key')
  }

  rowFailed(item: WorkItem, error: unknown): void {
    if (item.source.kind === 'timer') this.#metrics.timerFailures.inc({ type: item.received.type })
    this.#log.error({ ...logFields(item), ...errorFields(error) }, 'a row that was due could not be handled')
  }

  /** An item has ended: its outputs are confirmed, or stay stored until they are. What was not handled has a line of its own. */
  ended(item: WorkItem, outcome: Outcome, confirmed: boolean): void {
    if (!this.#detailed || outcome.kind === 'left') return
    const fields = { ...aboutItem(item), outputs: countsOf(outcome.messages) }
    if (!confirmed) this.#log.debug(fields, 'stored, and published once the broker confirms')
    else if (outcome.kind === 'handled') this.#log.debug(fields, 'handled')
    else this.#log.debug(fields, 'handled before: only its outputs were published again')
  }

  /** An item is not handled here: its redelivery, or the end of its lease, makes it good. */
  letGo(item: WorkItem): void {
    if (this.#detailed) this.#log.debug(aboutItem(item), 'let go of: it comes again')
  }

  fates(publications: readonly Publication[], fates: readonly Fate[]): void {
    publications.forEach(({ exchange, key, options: { messageId } }, index) => {
      const fate = fates[index]
      if (fate === 'returned') {
        this.#metrics.returned.inc({ exchange })
        this.#log.error({ exchange, key, messageId }, 'no queue wants this message')
      } else if (fate === 'refused' || fate === 'missing' || fate === 'unencodable') {
        this.#metrics.refused.inc({ exchange, fate })
        this.#log.error({ exchange, key, messageId, fate }, 'this message cannot be published')
      }
    })
  }
}

/** An error and where it was thrown, for a log line. */
function errorFields(error: unknown) {
  return { reason: describe(error), stack: framesOf(error) }
}

function aboutItem(item: WorkItem) {
  return { ...logFields(item), source: item.source.kind, milliseconds: ageOf(item) }
}

/** How many messages of each type. */
function countsOf(messages: readonly { readonly type: string }[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { type } of messages) counts[type] = (counts[type] ?? 0) + 1
  return counts
}
