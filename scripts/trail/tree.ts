import type { JournalRow } from '../journal/read.ts'

/** A message of an operation, with the messages that it led to. */
export interface Branch {
  readonly id: string | null
  readonly type: string | null
  readonly key: string
  readonly producer: string
  readonly at: Date
  readonly ledTo: readonly Branch[]
}

/** One business operation. */
export interface Trail {
  readonly correlationId: string | null
  readonly began: Date
  readonly messages: number
  readonly first: readonly Branch[]
}

/** The operations of these records as trees: a message stands below the one that led to it, if the journal has that. */
export function trails(rows: readonly JournalRow[]): Trail[] {
  const operations = grouped(rows, (row) => row.correlation_id)
  return [...operations].map(([correlationId, members]) => {
    const ids = new Set(members.map(({ id }) => id))
    const isFirst = ({ cause_id: cause, id }: JournalRow) => cause === null || cause === id || !ids.has(cause)
    const below = grouped(
      members.filter((row) => !isFirst(row)),
      (row) => row.cause_id,
    )
    const seen = new Set<JournalRow>()
    const branch = (row: JournalRow): Branch => {
      seen.add(row)
      const next = (row.id === null ? [] : (below.get(row.id) ?? [])).filter((each) => !seen.has(each))
      return {
        id: row.id,
        type: row.type,
        key: row.key,
        producer: row.producer,
        at: row.published_at ?? row.recorded_at,
        ledTo: next.map(branch),
      }
    }
    const first = members.filter(isFirst).map(branch)
    // A circle of causes is a forgery, but it is in the journal too.
    const rest = members.filter((row) => !seen.has(row)).flatMap((row) => (seen.has(row) ? [] : [branch(row)]))
    const all = [...first, ...rest]
    return {
      correlationId,
      began: new Date(Math.min(...members.map((row) => +(row.published_at ?? row.recorded_at)))),
      messages: members.length,
      first: all,
    }
  })
}

function grouped<Key>(rows: readonly JournalRow[], keyOf: (row: JournalRow) => Key): Map<Key, JournalRow[]> {
  const groups = new Map<Key, JournalRow[]>()
  for (const row of rows) groups.set(keyOf(row), [...(groups.get(keyOf(row)) ?? []), row])
  return groups
}
