import { pino } from 'pino'
import type { AnyOutput } from '../later.ts'
import type { Subscription } from '../on.ts'
import { checkOutputs, inDatabase, type Connection } from './deliver.ts'

/**
 * Runs the function of a schedule once, as when its time has come, with a real database or none. Nothing is published, and no next run
 * is stored.
 *
 * @param name that of the schedule
 * @param options what the function gets
 * @param options.at the time for which the run is planned
 * @param options.db the database; without it the function still runs, but a query is an error
 * @returns the messages that the function returned
 * @throws the error of the function, or an error when none of the subscriptions is a schedule of this name
 *
 * @example
 * const at = new Date('2026-03-28T23:00:00Z')
 * expect(await runSchedule(reports, 'close-of-day', { at })).toEqual([MakeReport({ until: at.toISOString() })])
 */
export async function runSchedule(
  subscriptions: readonly Subscription[],
  name: string,
  { at, db }: { readonly at: Date; readonly db?: Connection },
): Promise<readonly AnyOutput[]> {
  const subscription = subscriptions.find(({ schedule }) => schedule?.name === name)
  const run = subscription?.schedule?.run
  if (!run) throw new Error(`none of these subscriptions is a schedule named ${name}`)
  const log = pino({ enabled: false })
  const returned = await inDatabase(db, (open) => run({ at, db: open, log }))
  checkOutputs(returned, subscription)
  return returned
}
