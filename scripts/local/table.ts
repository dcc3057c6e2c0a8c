import { columnLines, type Column, type Lines } from '../cli/table.ts'
import { known } from '../cli/units.ts'
import { columns, type HandlerRow } from '../inspect/columns.ts'

/** A row of the live table of `npm start`. */
export interface Row extends HandlerRow {
  readonly donePerSecond: number
  /** Since the start. */
  readonly retries: number
  /** Messages in its dead letter queue; `undefined` while the broker does not answer. */
  readonly dead: number | undefined
  /** The dependencies that it waits for. */
  readonly paused: readonly string[]
}

/** The table of `npm start`. */
export const tableLines: Lines<Row> = (rows, options) => columnLines(tableColumns, rows, options)

const tableColumns: readonly Column<Row>[] = [
  columns.handler,
  columns.queued,
  columns.inFlight,
  columns.replicas,
  { title: 'done/s', text: ({ donePerSecond }) => String(Math.round(donePerSecond)) },
  { title: 'retries', text: ({ retries }) => String(retries) },
  { title: 'dead', text: ({ dead }) => known(dead), colour: ({ dead }) => (dead ? 'red' : undefined) },
  { title: 'paused', left: true, text: ({ paused }) => paused.join(', '), colour: () => 'yellow' },
]
