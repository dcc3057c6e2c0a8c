import type { Client } from 'pg'
import { scheduleType } from '#runtime/schedule.ts'

/** The next run of a schedule, as its handler has stored it. */
export interface ScheduledRun {
  readonly handler: string
  readonly schedule: string
  readonly due: Date
  readonly timezone: string
}

/** The next runs in the database of a handler. */
export async function runsIn(client: Client, handler: string): Promise<ScheduledRun[]> {
  const { rows } = await client.query<{ type: string; due: Date; timezone: string }>(
    `select message::json->>'type' as type, due, (message::json->>'body')::json->>'timezone' as timezone from timers
     where message::json->>'exchange' = 'timers' and starts_with(message::json->>'type', $1)`,
    [scheduleType],
  )
  return rows.map(({ type, due, timezone }) => ({ handler, schedule: nameOf(type), due, timezone }))
}

/** A run in words: by the clock of its time zone. */
export function describeNextRun({ handler, schedule, due, timezone }: ScheduledRun): string {
  const at = due.toLocaleString('sv', { timeZone: timezone, dateStyle: 'short', timeStyle: 'short' })
  return `${handler} ${schedule} next at ${at} (${timezone})`
}

function nameOf(type: string): string {
  return type
    .slice(scheduleType.length)
    .replace(/\.v\d+$/, '')
    .replaceAll('_', '-')
}
