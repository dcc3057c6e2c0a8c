import { columnLines, type Column, type Lines } from '../../cli/table.ts'
import { age } from '../../cli/units.ts'
import { columns, type HandlerRow } from '../../inspect/columns.ts'
import { folded } from '../../inspect/folded.ts'
import type { LastError } from '../../inspect/last-error.ts'
import type { Reason } from './reason.ts'
import type { ScalerState } from './scaler-state.ts'

/** A row of the live table of a cluster: its replicas are pods. */
export interface Row extends HandlerRow {
  readonly scaler: ScalerState
  /** Why it was last scaled; `undefined` when the cluster has forgotten. */
  readonly last: Reason | undefined
  /** The last error in the logs of its pods. */
  readonly lastError: LastError | undefined
}

/** The table of `npm run watch`, with the age of each reason as it is drawn. When it is too high, sleeping handlers become one line. */
export function watchLines(clock: () => Date): Lines<Row> {
  return (rows, drawing) => folded(rows, isAsleep, (some) => columnLines(columnsAt(clock()), some, drawing), drawing)
}

/** Nothing runs, waits or is wrong. */
function isAsleep({ ready, replicas, queued, inFlight, dead, scaler }: Row): boolean {
  return [ready, replicas, queued, inFlight, dead].every((count) => count === 0) && scaler === 'idle'
}

const columnsAt = (now: Date): readonly Column<Row>[] => [
  columns.handler,
  columns.replicas,
  columns.queued,
  columns.inFlight,
  columns.dead,
  {
    title: 'scaler',
    left: true,
    text: ({ scaler }) => scaler,
    colour: ({ scaler }) =>
      scaler === 'failing' || scaler === 'fallback' ? 'red' : scaler === 'paused' ? 'yellow' : undefined,
  },
  {
    title: 'scaled last',
    left: true,
    text: ({ last }) => (last ? `${last.text} (${age(last.at, now)} ago)` : ''),
  },
  {
    title: 'last error',
    left: true,
    text: ({ lastError }) => (lastError ? `${age(lastError.at, now)} ago, ${lastError.text}` : ''),
    colour: () => 'dim',
    // Only if the terminal is wide enough: why something was scaled comes first.
    atLeast: () => 0,
  },
]
