import { columnLines, type Column, type Lines } from '../cli/table.ts'
import { known } from '../cli/units.ts'
import { columns, type HandlerRow } from '../inspect/columns.ts'

/** A row of the live table of `npm start`. */
export interface Row extends HandlerRow {
  readonly donePerSecond: number
  /** Since the shop was started. */
  readonly retries: number
  /** Messages in its dead letter queue; `undefined` while the broker does not answer. */
  readonly dead: number | undefined
  /** The dependencies that it waits for. */
  readonly paused: readonly string[]
  /** The exchanges to which it has messages that the broker does not accept. */
  readonly blocked: readonly string[]
}

/** The table of `npm start`. */
export const tableLines: Lines<Row> = (rows, options) => columnLines(tableColumns, rows, options)

const tableColumns: readonly Column<Row>[] = [
  columns.handler,
  columns.queued,
  columns.inFlight,
  columns.replicas,
  { title: 'done/s', leaves: 2, text: ({ donePerSecond }) => String(Math.round(donePerSecond)) },
  { title: 'retries', leaves: 1, text: ({ retries }) => String(retries) },
  { title: 'dead', text: ({ dead }) => known(dead), colour: ({ dead }) => (dead ? 'red' : undefined) },
  {
    title: 'paused',
    left: true,
    text: waitsFor,
    colour: ({ blocked }) => (blocked.length > 0 ? 'red' : 'yellow'),
  },
]

/** Such as `bank`, or `bank; blocked: events`. */
function waitsFor({ paused, blocked }: Row): string {
  const refusals = blocked.length > 0 ? [`blocked: ${blocked.join(', ')}`] : []
  return [...(paused.length > 0 ? [paused.join(', ')] : []), ...refusals].join('; ')
}
