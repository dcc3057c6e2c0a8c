import { v5 as uuidv5 } from 'uuid'
import type { NextRun } from '../later.ts'
import { header } from './headers.ts'
import type { Timer } from './outgoing.ts'

const namespace = uuidv5('warren/schedules', uuidv5.URL)

/**
 * The row of a schedule's next run. Its id follows from the schedule and the time alone, so it is stored once, by whichever process; the run
 * begins an operation of its own.
 */
export function nextRunOf({ run, schedule, message }: NextRun): Timer {
  const { type } = message.contract
  const id = uuidv5(`${schedule} ${run.toISOString()}`, namespace)
  return {
    id,
    due: run,
    name: null,
    message: {
      id,
      exchange: 'timers',
      key: type,
      type,
      body: JSON.stringify(message.data),
      correlationId: id,
      headers: { [header.publishedAt]: run.getTime() },
    },
  }
}
