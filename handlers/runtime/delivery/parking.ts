import type { ConsumeMessage } from 'amqplib'
import type pg from 'pg'
import { changeParked, parkedKeys, type Parking } from '../database/parked.ts'
import { milliseconds } from '../duration.ts'
import { describe } from '../message/error-text.ts'
import { storedForm } from '../message/stored-delivery.ts'
import type { Called } from './apply.ts'
import type { Disposition, Parked } from './disposition.ts'
import type { Outcome } from './outcome.ts'
import type { WorkItem } from './work-item.ts'

/** Characters of an error that are kept. */
const longestError = 512

/** The keys of a group that stand still, and what the group does to them: part of the transaction of an ordered handler. */
export class ParkedLanes {
  readonly #keys: ReadonlySet<string>

  private constructor(keys: ReadonlySet<string>) {
    this.#keys = keys
  }

  /** Looks in the transaction that is open, which holds the lock: nothing can be parked beside it. */
  static async find(client: pg.Client, group: readonly Called[]): Promise<ParkedLanes> {
    const keys = group.flatMap(({ item: { lane, source } }) =>
      lane !== undefined && source.kind === 'delivery' ? [lane] : [],
    )
    return new ParkedLanes(keys.length === 0 ? new Set() : await parkedKeys(client, keys))
  }

  /** The disposition of a delivery whose key stands still: it waits behind what is parked already. */
  behind({ source, lane }: WorkItem): Disposition | undefined {
    if (source.kind !== 'delivery' || lane === undefined || !this.#keys.has(lane)) return undefined
    return { to: 'park', lane, after: undefined, history: source.history, reason: undefined, error: undefined }
  }

  /**
   * Stores what a group means for its keys, in the transaction that is open.
   *
   * @param outcomes those that are clear before the commit
   * @param applied the items that were applied
   */
  store(
    client: pg.Client,
    outcomes: ReadonlyMap<WorkItem, Outcome>,
    applied: readonly Called[],
  ): readonly Promise<unknown>[] {
    const parked: Parking[] = []
    const failed: Parking[] = []
    const ended = applied.map(({ item }) => item)
    for (const [item, outcome] of outcomes) {
      if (outcome.kind === 'known') ended.push(item)
      else if (outcome.kind === 'left' && outcome.disposition.to === 'park' && item.id !== undefined)
        if (item.source.kind === 'delivery')
          parked.push(parking(item.id, outcome.disposition, item.source.delivery.raw))
        else failed.push(parking(item.id, outcome.disposition))
    }
    const done = ended.flatMap(({ id, lane, source }) =>
      source.kind === 'parked' && id !== undefined && lane !== undefined ? [{ id, key: lane }] : [],
    )
    return changeParked(client, { parked, failed, done })
  }
}

function parking(id: string, { lane, after, history, reason, error }: Parked, raw?: ConsumeMessage): Parking {
  return {
    id,
    key: lane,
    message: raw ? storedForm(raw) : '',
    history: JSON.stringify(history),
    after: after === undefined || after === null ? after : milliseconds(after),
    reason: reason ?? null,
    error: error === undefined ? null : describe(error, longestError).replaceAll('\0', '').toWellFormed(),
  }
}
