import type { Logger } from 'pino'
import type { Fate, Publication } from '../broker/fate.ts'
import { describe } from '../message/error-text.ts'
import type { Metrics } from '../observe/metrics.ts'
import type { Outcome } from './transaction.ts'
import { logFields, type WorkItem } from './work-item.ts'

/** Metrics and log lines about what happened to work items. */
export class Report {
  readonly #metrics: Metrics
  readonly #log: Logger

  constructor(metrics: Metrics, log: Logger) {
    this.#metrics = metrics
    this.#log = log
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
    const fields = { ...logFields(item), reason: describe(disposition.error) }
    if (disposition.to === 'dead') {
      handled.inc({ type, outcome: 'dead' })
      dead.inc({ reason: disposition.reason })
      return this.#log.error({ ...fields, deadReason: disposition.reason }, 'to the dead letters')
    }
    handled.inc({ type, outcome: disposition.outcome })
    retries.inc({ type })
    putOff.inc({ tier: disposition.tier })
    if (!disposition.stuck) return this.#log.warn({ ...fields, tier: disposition.tier }, 'put off')
    stuck.inc({ type })
    this.#log.error({ ...fields, tier: disposition.tier }, 'still failing: it is tried for ever')
  }

  rowFailed(item: WorkItem, error: unknown): void {
    this.#log.error({ ...logFields(item), reason: describe(error) }, 'a row that was due could not be handled')
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
