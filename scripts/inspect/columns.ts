import type { Column } from '../cli/table.ts'
import { known } from '../cli/units.ts'

/** A handler of a running system, on a laptop or in a cluster. */
export interface HandlerRow {
  readonly handler: string
  /** Messages that wait in its queue; `undefined` while the broker does not respond. */
  readonly queued: number | undefined
  /** Messages that its replicas hold. */
  readonly inFlight: number | undefined
  /** Messages in its dead letter queue; `undefined` while the broker does not respond. */
  readonly dead: number | undefined
  /** Ready replicas. */
  readonly ready: number
  /** Replicas that its scaler requests. */
  readonly replicas: number
}

/** The columns that every table of handlers has. */
export const columns = {
  handler: { title: 'handler', left: true, text: ({ handler }) => handler },
  queued: { title: 'queued', leaves: 4, text: ({ queued }) => known(queued) },
  inFlight: { title: 'in flight', leaves: 3, text: ({ inFlight }) => known(inFlight) },
  dead: { title: 'dead', text: ({ dead }) => known(dead), colour: ({ dead }) => (dead ? 'red' : undefined) },
  /** `1 of 3` while replicas start or stop. */
  replicas: {
    title: 'replicas',
    text: ({ ready, replicas }) => (ready === replicas ? String(replicas) : `${ready} of ${replicas}`),
    colour: ({ ready, replicas }) => (replicas === 0 ? 'dim' : ready < replicas ? 'yellow' : 'green'),
  },
} as const satisfies Record<string, Column<HandlerRow>>
