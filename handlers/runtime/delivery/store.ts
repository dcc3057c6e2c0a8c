import type pg from 'pg'
import type { Subscription } from '../on.ts'
import { DatabaseLost, type Database } from '../database/connection.ts'
import { entryOfInbox, entryOfOutbox, entryOfTimer, type Entry } from './work-item.ts'
import { applyGroup, applyWithoutDatabase, type GroupContext, type Outcome } from './group.ts'
import { forgetOld, leaseDueTimers, leaseUnconfirmed, unconfirmedOutputs, type Confirmed } from '../database/inbox.ts'
import { TimedOut } from './disposition.ts'

const tidyEvery = 60_000
/** Milliseconds in which the database answers, or is lost: longer than a few replicas in turn may hold the lock. */
const answersWithin = 120_000

/** Where groups are handled. */
export interface Store {
  /** Handles a group as a whole or, when it throws, not at all, and acknowledges what was confirmed earlier. */
  apply(entries: readonly Entry[], confirmed: Confirmed): Promise<Outcome[]>
  /** Entries whose time has come: timers, and submitted messages without a confirm. */
  due?(): Promise<Entry[]>
}

/** The handler's own database: each message has exactly one effect. */
export function databaseStore(
  database: Database,
  subscriptions: ReadonlyMap<string, Subscription>,
  context: GroupContext,
): Store {
  let tidyAt = 0

  /** Gives up a connection whose state is not known: a statement may still be running on it, or nothing at its other end. */
  async function withClient<Result>(work: (client: pg.Client) => Promise<Result>): Promise<Result> {
    const client = await database.client()
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new DatabaseLost(new Error(`no answer within ${answersWithin} ms`))),
        answersWithin,
      )
    })
    try {
      return await Promise.race([work(client), late])
    } catch (error) {
      if (error instanceof TimedOut || error instanceof DatabaseLost) database.discard(client)
      throw error
    } finally {
      clearTimeout(timer)
    }
  }

  async function tidy(client: pg.Client): Promise<Entry[]> {
    if (Date.now() < tidyAt) return []
    // The first time looks back further: nobody may have been awake.
    const unmarked = await unconfirmedOutputs(client, tidyAt === 0 ? '1 day' : '10 min')
    const more = await forgetOld(client)
    tidyAt = Date.now() + (more ? 0 : tidyEvery)
    return unmarked.map(entryOfInbox)
  }

  return {
    apply: (entries, confirmed) => withClient((client) => applyGroup(client, entries, confirmed, context)),
    due: () =>
      withClient(async (client) => {
        const unmarked = await tidy(client)
        const unsent = await leaseUnconfirmed(client)
        // Last, for what is leased and then forgotten is late.
        const timers = await leaseDueTimers(client)
        return [
          ...timers.map(({ id, message }) => entryOfTimer(id, message, subscriptions)),
          ...unsent.map(entryOfOutbox),
          ...unmarked,
        ]
      }),
  }
}

/** A handler without a database: its outputs are pure functions of its input, so their ids make repeats harmless. */
export function statelessStore(context: GroupContext): Store {
  return { apply: (entries) => applyWithoutDatabase(entries, context) }
}
