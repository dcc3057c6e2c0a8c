import type { Manifest } from '#runtime/manifest/index.ts'
import { outputId, timerId } from '#runtime/message/outgoing.ts'
import { isMessageId } from '#runtime/message/validate.ts'
import type { Databases, Row } from './databases.ts'

/** A message that a handled one led to, as the inbox row of its cause tells. */
export interface Sent {
  readonly id: string
  readonly key: string
  /** The row of the message that led to it. */
  readonly cause: Row
  /** It was stored for later: this is the id of the timer. */
  readonly timer: string | undefined
}

/** The rows of an operation and what they sent, followed through all databases. */
export interface Family {
  /** By handler and id. */
  readonly rows: ReadonlyMap<string, Row>
  /** By id. */
  readonly sent: ReadonlyMap<string, Sent>
}

export function rowKey(handler: string, id: string): string {
  return `${handler} ${id}`
}

/** How many outputs of a handler are looked for whose database cannot be read, or which has none. */
const guesses = 16

/**
 * Follows an operation from its first rows: ids of outputs depend on nothing but their cause, so each next row is found by its id, in
 * whichever database it is.
 */
export async function familyOf(
  roots: readonly Row[],
  databases: Pick<Databases, 'byId' | 'readable'>,
  manifests: readonly Manifest[],
): Promise<Family> {
  const rows = new Map<string, Row>()
  const sent = new Map<string, Sent>()
  const silent = manifests.filter(
    ({ name, emits, sends }) => !databases.readable.includes(name) && emits.length + sends.length > 0,
  )
  let fresh: readonly Row[] = roots
  while (fresh.length > 0) {
    for (const row of fresh) rows.set(rowKey(row.handler, row.id), row)
    const children = fresh.flatMap(sentBy)
    for (const child of children) sent.set(child.id, child)
    const ids = children.flatMap(({ id, timer }) => (timer === undefined ? [id] : [id, timer]))
    const guessed = [...fresh.map(({ id }) => id), ...ids].flatMap((cause) =>
      silent.flatMap(({ name }) => Array.from({ length: guesses }, (_, index) => outputId(cause, name, index))),
    )
    const found = await databases.byId([...ids, ...guessed])
    fresh = found.filter((row) => !rows.has(rowKey(row.handler, row.id)))
  }
  return { rows, sent }
}

/** Whether a row is that of a timer whose message went to the broker: the message has a row of its own, at its receiver. */
export function isFiring({ sent }: Pick<Row, 'sent'>): boolean {
  return sent?.startsWith('["#') ?? false
}

/** The reading of the column `sent`. */
function sentBy(row: Row): Sent[] {
  const entries = row.sent === null ? [] : (JSON.parse(row.sent) as string[])
  return entries.map((entry, index) => {
    if (isFiring(row)) return { id: entry.slice(1, 37), key: entry.slice(38), cause: row, timer: undefined }
    const id = outputId(row.id, row.handler, index)
    const isTimer = entry.startsWith('@')
    return { id, key: isTimer ? entry.slice(1) : entry, cause: row, timer: isTimer ? timerId(id) : undefined }
  })
}

/** The first rows of the operations that these rows belong to: up from cause to cause, as far as they are known. */
export async function rootsOf(rows: readonly Row[], databases: Pick<Databases, 'byId' | 'first'>): Promise<Row[]> {
  const tops = new Map<string, Row>()
  const seen = new Set<string>()
  let level = rows
  while (level.length > 0) {
    const causes = level.flatMap(({ cause_id }) => (cause_id === null || seen.has(cause_id) ? [] : [cause_id]))
    for (const cause of causes) seen.add(cause)
    const above = causes.length === 0 ? [] : await databases.byId(causes)
    const known = new Set(above.map(({ id }) => id))
    for (const row of level)
      if (row.cause_id === null || !known.has(row.cause_id)) tops.set(rowKey(row.handler, row.id), row)
    level = above
  }
  const correlations = new Set([...tops.values()].flatMap(({ correlation_id }) => correlation_id ?? []))
  for (const correlation of correlations)
    for (const row of await databases.first(correlation))
      if (row.correlation_id === correlation) tops.set(rowKey(row.handler, row.id), row)
  return [...tops.values()]
}

/** The rows that an id names: that of a message or of its timer, or the first of an operation. */
export async function rowsOf(id: string, databases: Pick<Databases, 'byId' | 'first'>): Promise<Row[]> {
  const named = isMessageId(id) ? await databases.byId([id, timerId(id)]) : []
  return [...named, ...(await databases.first(id))]
}
