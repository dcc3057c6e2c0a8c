import type { Subscription } from '../on.ts'
import { DatabaseLost, type Database } from './database.ts'
import { entryOfInbox, entryOfOutbox, entryOfTimer, type Entry } from './entry.ts'
import { applyGroup, applyWithoutDatabase, type GroupContext, type Outcome } from './group.ts'
import { forgetOld, leaseDueTimers, leaseUnconfirmed, unconfirmedOutputs, type Confirmed } from './inbox.ts'
import { TimedOut } from './verdict.ts'

const tidyEvery = 60_000

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
  let tidiedAt = 0
  return {
    async apply(entries, confirmed) {
      const client = await database.client()
      try {
        return await applyGroup(client, entries, confirmed, context)
      } catch (error) {
        // The state of the connection is not known: a statement may still be running on it.
        if (error instanceof TimedOut || error instanceof DatabaseLost) database.discard(client)
        throw error
      }
    },
    async due() {
      const client = await database.client()
      const timers = await leaseDueTimers(client)
      const unsent = await leaseUnconfirmed(client)
      const due = [
        ...timers.map(({ id, message }) => entryOfTimer(id, message, subscriptions)),
        ...unsent.map(entryOfOutbox),
      ]
      if (Date.now() - tidiedAt < tidyEvery) return due
      // The first time looks back further: nobody may have been awake.
      const unmarked = await unconfirmedOutputs(client, tidiedAt === 0 ? '1 day' : '10 min')
      tidiedAt = Date.now()
      await forgetOld(client)
      return [...due, ...unmarked.map(entryOfInbox)]
    },
  }
}

/** A handler without a database: its outputs are pure functions of its input, so their ids make repeats harmless. */
export function statelessStore(context: GroupContext): Store {
  return { apply: (entries) => applyWithoutDatabase(entries, context) }
}
