import { age } from '../../cli/table.ts'
import { known, linesOf, replicasColumn, type Column, type Lines } from '../../local/table.ts'
import type { Reason } from './reason.ts'
import type { ScalerState } from './scaler-state.ts'

/** What the live table of a cluster says of one handler. */
export interface Row {
  readonly handler: string
  /** Pods that are ready. */
  readonly ready: number
  /** Pods that its Deployment is to have. */
  readonly replicas: number
  /** Messages that wait in its queue; `undefined` while the broker does not say. */
  readonly queued: number | undefined
  /** Messages that its pods hold. */
  readonly inFlight: number | undefined
  readonly scaler: ScalerState
  /** Why it was scaled the last time; `undefined` when the cluster does not know any more. */
  readonly last: Reason | undefined
}

/** The rows as lines, with the age of each reason at that moment. */
export function watchLines(clock: () => Date): Lines<Row> {
  return (rows, options) => linesOf(columns(clock()), rows, options)
}

const columns = (now: Date): readonly Column<Row>[] => [
  { title: 'handler', left: true, text: ({ handler }) => handler },
  replicasColumn,
  { title: 'queued', text: ({ queued }) => known(queued) },
  { title: 'in flight', text: ({ inFlight }) => known(inFlight) },
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
]
