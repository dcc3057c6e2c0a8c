/** A message as a journal has recorded it, as far as its place in an operation follows from that. */
export interface Recorded {
  readonly id: string | null
  readonly type: string | null
  readonly key: string
  readonly producer: string
  readonly correlationId: string | null
  /** The message that led to it. */
  readonly causationId: string | null
  readonly at: Date
}

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

/** The operations of these messages as trees: a message stands below the one that led to it, if that is among them. */
export function trails(records: readonly Recorded[]): Trail[] {
  const operations = grouped(records, ({ correlationId }) => correlationId)
  return [...operations].map(([correlationId, members]) => {
    const ids = new Set(members.map(({ id }) => id))
    const isFirst = ({ causationId, id }: Recorded) =>
      causationId === null || causationId === id || !ids.has(causationId)
    const below = grouped(
      members.filter((record) => !isFirst(record)),
      ({ causationId }) => causationId,
    )
    const seen = new Set<Recorded>()
    const branch = (record: Recorded): Branch => {
      seen.add(record)
      const { id, type, key, producer, at } = record
      const next = (id === null ? [] : (below.get(id) ?? [])).filter((each) => !seen.has(each))
      return { id, type, key, producer, at, ledTo: next.map(branch) }
    }
    const first = members.filter(isFirst).map(branch)
    // A circle of causes is a forgery, but a journal has it too.
    const rest = members.flatMap((record) => (seen.has(record) ? [] : [branch(record)]))
    return {
      correlationId,
      began: new Date(Math.min(...members.map(({ at }) => +at))),
      messages: members.length,
      first: [...first, ...rest],
    }
  })
}

function grouped<Key>(records: readonly Recorded[], keyOf: (record: Recorded) => Key): Map<Key, Recorded[]> {
  const groups = new Map<Key, Recorded[]>()
  for (const record of records) {
    const group = groups.get(keyOf(record))
    if (group) group.push(record)
    else groups.set(keyOf(record), [record])
  }
  return groups
}
