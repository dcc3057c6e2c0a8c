import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Metrics } from '../observe/metrics.ts'
import type { Publication, Publisher } from '../broker/publisher.ts'
import { isAlive, type Entry } from './work-item.ts'

/** An entry whose work is done, and what must reach a queue before it may be acknowledged. */
export interface Settling {
  readonly entry: Entry
  publications: readonly Publication[]
}

/**
 * Publishes what entries led to, all at once with one wait for the confirms, and hands over each entry as soon as all of its
 * publications are confirmed and none came back. The others are published again, with a pause that grows to 10 s, for as long as
 * somebody waits for their acknowledgement.
 *
 * @param leaving whether the process is about to end: then nothing is published again, for its redelivery does the same
 */
export async function settle(
  settlings: readonly Settling[],
  {
    publisher,
    confirmed,
    unconfirmed,
    leaving,
    metrics,
    log,
  }: {
    publisher: Publisher
    confirmed: (entries: readonly Entry[]) => void
    /** Called once, with those that the first publish did not settle. */
    unconfirmed: (entries: readonly Entry[]) => void
    leaving: () => boolean
    metrics: Metrics
    log: Logger
  },
): Promise<void> {
  let rest = settlings
  for (let tries = 0; rest.length > 0; tries++) {
    if (tries > 0) await sleep(Math.random() * Math.min(10_000, 200 * 2 ** tries))
    const fates = await publisher.publish(rest.flatMap(({ publications }) => publications))
    let index = 0
    const open: Settling[] = []
    const done: Entry[] = []
    for (const settling of rest) {
      const failed = settling.publications.filter((publication) => {
        const fate = fates[index++]
        if (fate === 'returned') {
          metrics.returned.inc({ exchange: publication.exchange })
          log.error(
            { exchange: publication.exchange, key: publication.key, messageId: publication.options.messageId },
            'no queue wants this message',
          )
        }
        return fate !== 'confirmed'
      })
      if (failed.length === 0) done.push(settling.entry)
      else open.push({ entry: settling.entry, publications: failed })
    }
    confirmed(done)
    if (tries === 0) unconfirmed(open.map(({ entry }) => entry))
    if (leaving()) return
    // Rows of the outbox are published again when their lease ends.
    rest = open.filter(
      ({ entry }) => isAlive(entry) && entry.source.kind !== 'submit' && entry.source.kind !== 'outbox',
    )
  }
}
