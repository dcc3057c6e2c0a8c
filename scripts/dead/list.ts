import type { DeadLetter } from '#runtime/redrive/letter.ts'
import { table } from '../cli/table.ts'
import { age } from '../cli/units.ts'

/** Dead letters of one handler with the same type and reason. */
export interface Group {
  readonly handler: string
  readonly type: string
  readonly reason: string
  readonly count: number
  readonly oldest: Date | undefined
  readonly newest: Date | undefined
  /** The error of the newest. */
  readonly error: string
}

/** Adds a letter to the groups. They keep counts only, so a million letters fit in memory. */
export function group(groups: Map<string, Group>, { handler, type, reason, diedAt, error }: DeadLetter): void {
  const key = JSON.stringify([handler, type, reason])
  const known = groups.get(key) ?? { handler, type, reason, count: 0, oldest: diedAt, newest: diedAt, error }
  const isNewest = diedAt !== undefined && (known.newest === undefined || diedAt >= known.newest)
  const isOldest = diedAt !== undefined && (known.oldest === undefined || diedAt < known.oldest)
  groups.set(key, {
    ...known,
    count: known.count + 1,
    ...(isNewest && { newest: diedAt, error }),
    ...(isOldest && { oldest: diedAt }),
  })
}

/** The groups as a table, the largest of each handler first. */
export function listing(groups: readonly Group[], now: Date): string[] {
  if (groups.length === 0) return ['No dead letters.']
  const rows = groups
    .toSorted((one, other) => one.handler.localeCompare(other.handler) || other.count - one.count)
    .map(({ handler, type, reason, count, oldest, newest, error }) => [
      handler,
      type.slice(0, 60),
      reason,
      count,
      age(oldest, now),
      age(newest, now),
      error.slice(0, 80),
    ])
  return table(['handler', 'type', 'reason', 'count', 'oldest', 'newest', 'error of the newest'], rows)
}
