import { columnLines, type Column, type Lines } from '../cli/table.ts'
import { age, known } from '../cli/units.ts'
import { columns, type HandlerRow } from '../inspect/columns.ts'
import { folded } from '../inspect/folded.ts'
import type { LastError } from '../inspect/last-error.ts'
import { mostTimers } from '../inspect/timers.ts'

/** A row of the live table of `npm start`. */
export interface Row extends HandlerRow {
  readonly donePerSecond: number
  /**
   * Messages that wait in the wait queues for their next attempt, by the counts of its processes: those that an earlier run has sent
   * there are missing.
   */
  readonly retrying: number
  /** Messages for later and deadlines in its database, up to 10,000; `undefined` while that does not answer. */
  readonly timers: number | undefined
  /** Messages put off, since `since`. */
  readonly retries: number
  /** When `npm start` began to count. */
  readonly since: Date
  /** The dependencies that it waits for. */
  readonly paused: readonly string[]
  /** The exchanges to which it has messages that the broker does not accept. */
  readonly blocked: readonly string[]
  /** The last error in the log of its processes, in this run. */
  readonly lastError: LastError | undefined
}

/** Characters of an error for which lesser columns make room. */
const roomForError = 20

/** The table of `npm start`, with the age of each error as it is drawn. When it is too high, sleeping handlers become one line. */
export function startLines(clock: () => Date): Lines<Row> {
  return (rows, drawing) => folded(rows, isAsleep, (some) => columnLines(columnsAt(clock()), some, drawing), drawing)
}

/**
 * The line below the table.
 *
 * @param since the time of day at which retries began to count
 * @param waiting what is in the wait queues
 */
export function captionOf(since: string, waiting: string): string {
  return `retries since ${since}; wait queues of all handlers: ${waiting}`
}

export const tableLines = startLines(() => new Date())

const columnsAt = (now: Date): readonly Column<Row>[] => [
  columns.handler,
  columns.queued,
  columns.inFlight,
  columns.replicas,
  { title: 'done/s', leaves: 2, text: ({ donePerSecond }) => String(Math.round(donePerSecond)) },
  {
    title: 'retrying',
    leaves: 6,
    text: ({ retrying }) => String(retrying),
    colour: ({ retrying }) => (retrying ? 'yellow' : undefined),
  },
  {
    title: 'timers',
    leaves: 5,
    text: ({ timers }) => (timers === mostTimers ? `${mostTimers}+` : known(timers)),
  },
  { title: 'retries', leaves: 1, text: ({ retries }) => String(retries) },
  columns.dead,
  {
    title: 'paused, or last error',
    left: true,
    text: (row) => waitsFor(row) || lastErrorOf(row, now),
    colour: (row) =>
      row.blocked.length > 0 ? 'red' : row.paused.length > 0 ? 'yellow' : row.lastError ? 'dim' : undefined,
    atLeast: (rows) => Math.max(0, ...rows.map((row) => waitsFor(row).length || (row.lastError ? roomForError : 0))),
  },
]

/** Such as `paused: store`, or `paused: store; blocked: events`. */
function waitsFor({ paused, blocked }: Row): string {
  const parts = [
    ['paused', paused],
    ['blocked', blocked],
  ] as const
  return parts.flatMap(([word, names]) => (names.length > 0 ? [`${word}: ${names.join(', ')}`] : [])).join('; ')
}

/** Such as `12s ago, TypeError: amount is undefined`. */
function lastErrorOf({ lastError }: Row, now: Date): string {
  return lastError ? `${age(lastError.at, now)} ago, ${lastError.text}` : ''
}

/** Nothing runs, waits or is wrong. Pending timers wake it by themselves. */
function isAsleep({ ready, replicas, queued, inFlight, retrying, dead, paused, blocked }: Row): boolean {
  const counts = [ready, replicas, queued, inFlight, retrying, dead]
  return counts.every((count) => count === 0) && paused.length === 0 && blocked.length === 0
}
