import type { Column } from '../cli/table.ts'
import { known } from '../cli/units.ts'

/** What is known of every handler of a running shop, on a laptop and in a cluster. */
export interface HandlerRow {
  readonly handler: string
  /** Messages that wait in its queue; `undefined` while the broker does not answer. */
  readonly queued: number | undefined
  /** Messages that its replicas hold. */
  readonly inFlight: number | undefined
  /** Replicas that are ready. */
  readonly ready: number
  /** Replicas that its scaler wants. */
  readonly replicas: number
}

/** The columns of every table of handlers. */
export const columns = {
  handler: { title: 'handler', left: true, text: ({ handler }) => handler },
  queued: { title: 'queued', text: ({ queued }) => known(queued) },
  inFlight: { title: 'in flight', text: ({ inFlight }) => known(inFlight) },
  /** `1 of 3` while replicas start or leave. */
  replicas: {
    title: 'replicas',
    text: ({ ready, replicas }) => (ready === replicas ? String(replicas) : `${ready} of ${replicas}`),
    colour: ({ ready, replicas }) => (replicas === 0 ? 'dim' : ready < replicas ? 'yellow' : 'green'),
  },
} as const satisfies Record<string, Column<HandlerRow>>
