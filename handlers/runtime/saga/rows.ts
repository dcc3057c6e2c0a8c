import type { Db } from '../on.ts'
import type { Progress } from './saga.ts'

const columns = `key, status, step, start, told, failure, deadline, version`

/** How far these sagas have come, by key; unknown ones are left out. */
export async function load(db: Db, saga: string, keys: readonly string[]): Promise<Map<string, Progress>> {
  const { rows } = await db.query<Progress>(`select ${columns} from sagas where key = any($2) and saga = $1`, [
    saga,
    keys,
  ])
  return new Map(rows.map((progress) => [progress.key, progress]))
}

/**
 * Stores all of them in one statement. `start` of a row that has one is not sent again and stays.
 *
 * An upsert always finds each row by the primary key; an update joined to its values was planned as a
 * scan while the table was small, and kept that plan.
 */
export async function save(db: Db, saga: string, progresses: readonly Progress[]): Promise<void> {
  await db.query(
    `insert into sagas (saga, ${columns}) select $1, ${columns} from json_to_recordset($2) as row
       (key text, status text, step text, start json, told json, failure json, deadline timestamptz, version int)
     on conflict (key, saga) do update set status = excluded.status, step = excluded.step,
       start = coalesce(sagas.start, excluded.start), told = excluded.told, failure = excluded.failure,
       deadline = excluded.deadline, version = excluded.version`,
    [saga, JSON.stringify(progresses)],
  )
}

/** Deletes the timers of sagas that have ended, so that none wakes the handler needlessly. */
export async function dropTimers(db: Db, names: readonly string[]): Promise<void> {
  await db.query(`delete from timers where name = any($1)`, [names])
}

/**
 * The steps that sagas in flight are waiting on and that are not among `steps`.
 * Found through the timers: each saga in flight has one, and ended sagas, which are the majority, have none.
 */
export async function stepsUnknown(
  db: Db,
  saga: string,
  steps: readonly string[],
): Promise<{ step: string; sagas: number }[]> {
  const { rows } = await db.query<{ step: string; sagas: number }>(
    `select step, count(distinct key)::int as sagas
     from timers join sagas on sagas.key = substr(timers.name, length($1) + 2) and sagas.saga = $1
     where starts_with(timers.name, $1 || ':') and status = 'running' and not step = any($2)
     group by step order by step`,
    [saga, steps],
  )
  return rows
}
