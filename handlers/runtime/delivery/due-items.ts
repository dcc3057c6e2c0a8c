import type pg from 'pg'
import type { Database } from '../database/connection.ts'
import { deleteOldRows, unmarkedRows } from '../database/cleanup.ts'
import { leaseUnconfirmed } from '../database/outbox.ts'
import { leaseDueTimers } from '../database/timers.ts'
import type { Subscription } from '../on.ts'
import { itemOfInbox, itemOfOutbox, itemOfTimer, type WorkItem } from './work-item.ts'

/** What an ordered handler looks for besides. */
export interface DueOrder {
  /** Parked messages that are due. */
  look(client: pg.Client): Promise<readonly WorkItem[]>
}

/** Items whose time has come, and the milliseconds until the next timer is due, if there is one. */
export interface Due {
  readonly items: readonly WorkItem[]
  readonly next?: number | undefined
}

const cleanUpEvery = 60_000

/** Reads rows whose time has come: timers, submitted messages without a confirm, and outputs that were never marked as confirmed. */
export class DueItems {
  readonly #database: Database
  readonly #subscriptions: ReadonlyMap<string, Subscription>
  readonly #order: DueOrder | undefined
  #cleanUpAt = 0

  constructor(database: Database, subscriptions: ReadonlyMap<string, Subscription>, order?: DueOrder) {
    this.#database = database
    this.#subscriptions = subscriptions
    this.#order = order
  }

  /** Rejects with `DatabaseLost` when the database does not answer. Must not run beside a transaction: they share one connection. */
  read(): Promise<Due> {
    return this.#database.use(async (client) => {
      const unmarked: WorkItem[] = []
      if (performance.now() >= this.#cleanUpAt) {
        // The first time looks back further: until now no replica may have been awake.
        const rows = await unmarkedRows(client, this.#cleanUpAt === 0 ? '1 day' : '10 min')
        unmarked.push(...rows.map(itemOfInbox))
        const more = await deleteOldRows(client)
        this.#cleanUpAt = performance.now() + (more ? 0 : cleanUpEvery)
      }
      const unsent = await leaseUnconfirmed(client)
      // Late, for what is leased and then forgotten is late.
      const { timers, next } = await leaseDueTimers(client)
      const parked = (await this.#order?.look(client)) ?? []
      const items = [
        ...parked,
        ...timers.map(({ id, message }) => itemOfTimer(id, message, this.#subscriptions)),
        ...unsent.map(itemOfOutbox),
        ...unmarked,
      ]
      return { items, next }
    })
  }
}
