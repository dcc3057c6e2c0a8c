import type { Client } from 'pg'
import { oneWriter } from '../database/inbox.ts'
import { nextRunOf } from '../message/next-run.ts'
import type { Schedule, Subscription } from '../on.ts'
import { scheduleType } from '../schedule.ts'

interface Planned {
  readonly id: string
  readonly type: string
  readonly body: string
}

/**
 * Makes the stored runs those of this code: deletes the runs of schedules that it no longer has or that have another expression or zone,
 * and stores the next run of each that has none. A run that a process of the earlier version has in hand finds its row gone, and neither
 * happens nor sets a next one: both take the lock of the handler's database.
 *
 * @returns one sentence for each change
 */
export async function planSchedules(owner: Client, subscriptions: readonly Subscription[]): Promise<string[]> {
  const schedules = new Map(
    subscriptions.flatMap(({ contract, schedule }) => (schedule ? [[contract.type, schedule] as const] : [])),
  )
  await owner.query('begin')
  try {
    await owner.query(`select pg_advisory_xact_lock(${oneWriter})`)
    const { rows } = await owner.query<Planned>(
      `select id, message::json->>'type' as type, message::json->>'body' as body from timers
       where message::json->>'exchange' = 'timers' and starts_with(message::json->>'type', $1)`,
      [scheduleType],
    )
    const [kept, outdated] = [rows.filter((row) => isOf(schedules.get(row.type), row)), [] as Planned[]]
    outdated.push(...rows.filter((row) => !kept.includes(row)))
    await owner.query('delete from timers where id = any($1::uuid[])', [outdated.map(({ id }) => id)])
    const missing = [...schedules].filter(([type]) => !kept.some((row) => row.type === type))
    const { rows: clock } = await owner.query<{ now: Date }>('select clock_timestamp() as now')
    const said = [...new Set(outdated.map(({ type }) => type))]
      .filter((type) => !schedules.has(type))
      .map((type) => `the schedule of ${type} is gone, and so is its next run`)
    for (const [, { name, cron, timezone, next }] of missing) {
      const { id, due, message } = nextRunOf(next(clock[0]!.now))
      await owner.query('insert into timers (id, due, message) values ($1, $2, $3) on conflict (id) do nothing', [
        id,
        due,
        JSON.stringify(message),
      ])
      said.push(`the schedule ${name} (${cron}, ${timezone}) runs next at ${(due as Date).toISOString()}`)
    }
    await owner.query('commit')
    return said
  } catch (error) {
    await owner.query('rollback')
    throw error
  }
}

function isOf(schedule: Schedule | undefined, { body }: Planned): boolean {
  if (!schedule) return false
  const { cron, timezone } = JSON.parse(body) as Partial<Schedule>
  return cron === schedule.cron && timezone === schedule.timezone
}
