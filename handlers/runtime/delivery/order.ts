import type pg from 'pg'
import { countParked, leaseParked } from '../database/parked.ts'
import type { Manifest } from '../manifest/schema.ts'
import type { Metrics } from '../observe/metrics.ts'
import type { Subscription } from '../on.ts'
import type { DueOrder } from './due-items.ts'
import { Lanes } from './lanes.ts'
import { isAlive, itemOfParked, type WorkItem } from './work-item.ts'

export interface OrderOptions {
  readonly manifest: Manifest
  readonly subscriptions: ReadonlyMap<string, Subscription>
  readonly metrics: Metrics
  readonly leaving: AbortSignal
}

/** What an ordered handler does besides: it handles the messages of one key in turn, and tries parked ones again. */
export class Order implements DueOrder {
  readonly #options: OrderOptions
  readonly #lanes = new Lanes()
  readonly #parked = new Set<string>()
  /** Deliveries whose successors must not pass them: what a group waits for is the next one of each other key. */
  readonly intake: { readonly held: number; readonly window: number }

  constructor(options: OrderOptions) {
    this.#options = options
    const lanes = this.#lanes
    this.intake = {
      get held() {
        return lanes.count
      },
      window: 0,
    }
  }

  /**
   * Does the work of an item once all earlier items of its key have been committed and acknowledged. Undefined when it is let go, because its
   * channel is lost or the process leaves: then the next consumer gets it again, behind its predecessors.
   */
  async inTurn<Result>(item: WorkItem, work: () => Promise<Result>): Promise<Result | undefined> {
    const { lane, source, id } = item
    if (lane === undefined) return work()
    if (source.kind === 'parked' && id !== undefined) this.#parked.add(id)
    try {
      return await this.#lanes.inTurn(lane, async () =>
        isAlive(item) && !this.#options.leaving.aborted ? work() : undefined,
      )
    } finally {
      if (id !== undefined) this.#parked.delete(id)
    }
  }

  async look(client: pg.Client): Promise<readonly WorkItem[]> {
    const { manifest, subscriptions, metrics } = this.#options
    const { waiting, resting } = await countParked(client)
    metrics.parkedKeys?.set({ state: 'waiting' }, waiting)
    metrics.parkedKeys?.set({ state: 'resting' }, resting)
    if (waiting === 0) return []
    const rows = await leaseParked(client, [...this.#parked])
    return rows.map((row) => itemOfParked(row, subscriptions, manifest))
  }
}
