import type { Logger } from 'pino'
import { timer } from './contract.ts'
import { recordType, type Envelope } from './envelope.ts'
import type { Db, Subscription } from './on.ts'

const Recorded = timer(recordType, {})

interface RecordContext {
  readonly db: Db
  readonly log: Logger
}

/**
 * Binds every command, event and notification of the system to a function that records it: raw envelopes, up to 100 at once, of known
 * and unknown types, valid or not. Needs `records: all` in `handler.yaml`. It returns nothing, because a record leads to no message.
 *
 * @example
 * onRecord(async (envelopes, { db }) => {
 *   await db.query('insert into seen (id, type) select * from unnest($1::uuid[], $2::text[])', [
 *     envelopes.map(({ recordId }) => recordId),
 *     envelopes.map(({ type }) => type),
 *   ])
 * })
 */
export function onRecord(
  record: (envelopes: readonly Envelope[], context: RecordContext) => Promise<void>,
): Subscription {
  return {
    contract: Recorded,
    outputs: [],
    records: true,
    batch: {
      async run(items, context) {
        await record(
          items.map(({ data }) => data as Envelope),
          context,
        )
        return items.map(() => [])
      },
    },
  }
}
