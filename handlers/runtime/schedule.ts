import { Cron } from 'croner'
import * as z from 'zod'
import { timer, type AnyContract, type Contract, type DataOf } from './contract.ts'
import type { AnyOutput, NextRun } from './later.ts'
import type { Batch, Db, Schedule, Subscription } from './on.ts'
import { list, type Listed } from './outputs.ts'
import type { Logger } from 'pino'

/** What the function of a schedule gets. */
export interface ScheduleContext {
  /** The time for which the run was planned, not the time at which it happens. Of several missed runs the latest. */
  readonly at: Date
  readonly db: Db
  readonly log: Logger
}

type Run<Made> = (context: ScheduleContext) => Made | Promise<Made>

/** What every type of a schedule's own messages begins with. */
export const scheduleType = 'on_schedule.'

/**
 * Runs a function when the time comes, inside a transaction like the `apply` of a message, exactly once; its messages are published. It
 * stands in the list of subscriptions and needs `database: true`. Missed runs, while nothing could run, are made up for by one.
 *
 * A failed run is tried again every 30 s until it succeeds; meanwhile no other one takes place.
 *
 * @param name lower-case words joined by hyphens, one of its kind in the handler
 * @param cron five fields: minute, hour, day of the month, month, day of the week
 * @param options the time zone of the hours, such as `Europe/Berlin`. Where clocks are changed, a run at a given hour takes place once
 *   that day: at a time that is left out, as soon as that hour is over; at one that
 *   comes twice, the first time
 * @param outputs every message that the function may return; another one is a compile error
 * @throws TypeError for an expression or a zone that is none, and for an expression that no time satisfies
 *
 * @example
 * schedule('close-of-day', '0 0 * * *', { timezone: 'Europe/Berlin' }, [MakeReport], ({ at }) =>
 *   MakeReport({ until: at.toISOString() }),
 * )
 */
export function schedule<const Outputs extends readonly AnyContract[], Made = void>(
  name: string,
  cron: string,
  { timezone }: { timezone: string },
  outputs: Outputs,
  run: Listed<Made, Outputs> & Run<Made>,
): Subscription {
  const contract = timer(`${scheduleType}${name.replaceAll('-', '_')}.v1`, {
    at: z.iso.datetime(),
    cron: z.string(),
    timezone: z.string(),
  })
  const { next } = runsOf(name, { cron, timezone }, contract)
  next(new Date())
  const listed = async (context: ScheduleContext) => list(await (run as Run<any>)(context))
  return {
    contract,
    outputs,
    batch: batchOf(name, contract, listed),
    schedule: { name, cron, timezone, next, run: listed },
  }
}

type Plan = Pick<Schedule, 'cron' | 'timezone'>
type RunContract = Contract<string, Plan & { at: string }>

function batchOf(name: string, contract: RunContract, run: Schedule['run']): Batch {
  return {
    async run(items, { db, now, log, count }) {
      const outputs: (readonly AnyOutput[])[] = []
      for (const { data, message } of items) {
        // Prepare has changed or removed the schedule while this run was in hand: it must not set a next one.
        const { rowCount } = await db.query('select from timers where id = $1', [message.id])
        if (rowCount === 0) {
          outputs.push([])
          continue
        }
        const planned = data as DataOf<RunContract>
        // By the plan of the row: a process of another version leaves it as it is.
        const { expression, next } = runsOf(name, planned, contract)
        const due = new Date(planned.at)
        const made = await run({ at: latestRun(expression, due, now), db, log })
        const late = Math.max(0, now.getTime() - due.getTime()) / 1_000
        count({ what: 'schedule ran', schedule: name, at: now, late })
        outputs.push([...made, next(now > due ? now : due)])
      }
      return outputs
    },
  }
}

function runsOf(schedule: string, { cron, timezone }: Plan, contract: RunContract) {
  const expression = parsed(schedule, cron, timezone)
  const next = (after: Date): NextRun => {
    const run = expression.nextRun(after)
    if (!run) throw new TypeError(`schedule ${schedule}: no time satisfies "${cron}"`)
    return { run, schedule, message: contract({ at: run.toISOString(), cron, timezone }) }
  }
  return { expression, next }
}

/** The last run that is not after `now`, where that of `due` is one of them. It asks only for next runs, as the schedule itself does. */
export function latestRun(expression: Pick<Cron, 'nextRun'>, due: Date, now: Date): Date {
  let latest = due
  for (let back = 60_000; ; back *= 2) {
    const from = new Date(Math.max(due.getTime(), now.getTime() - back))
    let run = expression.nextRun(from)
    if (from > due && (!run || run > now)) continue
    for (; run && run <= now; run = expression.nextRun(run)) latest = run
    return latest
  }
}

/** @throws TypeError with a sentence that names the schedule and what it needs */
function parsed(name: string, cron: string, timezone: string): Cron {
  if (!/^[a-z]+(-[a-z]+)*$/.test(name))
    throw new TypeError(`schedule "${name}": a name is lower-case words joined by hyphens, such as close-of-day`)
  try {
    new Intl.DateTimeFormat('en', { timeZone: timezone })
  } catch {
    throw new TypeError(`schedule ${name}: "${timezone}" is no time zone: write one such as Europe/Berlin or UTC`)
  }
  if (cron.trim().split(/\s+/).length !== 5)
    throw new TypeError(
      `schedule ${name}: "${cron}" must have five fields, minute, hour, day of the month, month and day of the week, such as 30 2 * * *`,
    )
  try {
    return new Cron(cron, { timezone, mode: '5-part', fixedTimeRule: 'no-wildcard' })
  } catch (error) {
    throw new TypeError(`schedule ${name}: "${cron}" is no cron expression: ${(error as Error).message}`, {
      cause: error,
    })
  }
}
