import {
  CancelOrder,
  OrderCancellationRefused,
  OrderCancelled,
  OrderConfirmed,
  OrderCreated,
  PaymentAuthorized,
  PaymentCaptured,
  PaymentDeclined,
  PaymentRefunded,
  PaymentVoided,
  ShipmentCancelled,
  ShipmentRefused,
  ShipmentScheduled,
  StockCommitted,
  StockRejected,
  StockReleased,
  StockReserved,
} from '#contracts'
import type { AnyContract } from 'warren'

export type Status = 'received' | 'processing' | 'confirmed' | 'cancelling' | 'cancelled'
export type Outcome = 'requested' | 'done' | 'refused' | 'undone'

/** The meaning of one message type for its order. */
export interface Milestone {
  readonly contract: AnyContract
  /** The order's progress: a lower rank never replaces a higher one. Ranks are stored, so a number must never be reused. */
  readonly rank: number
  /** The order's new status; an event without one appears in the timeline but does not change the status. */
  readonly status?: Status
  readonly step: string
  readonly outcome: Outcome
  /** While the order is being processed: the step that it waits for from then on. */
  readonly next?: string
}

/** From this rank on, the payment is being captured and the order can no longer be cancelled. */
export const pivot = 40

/** A customer's request to cancel: written by the gateway itself, and the only milestone that is not an event. */
export const cancelRequested: Milestone = { contract: CancelOrder, rank: 1, step: 'cancel', outcome: 'requested' }

export const milestones: readonly Milestone[] = [
  { contract: OrderCancellationRefused, rank: 2, step: 'cancel', outcome: 'refused' },
  { contract: OrderCreated, rank: 10, status: 'processing', step: 'order', outcome: 'done', next: 'stock' },
  { contract: StockReserved, rank: 20, status: 'processing', step: 'stock', outcome: 'done', next: 'payment' },
  { contract: PaymentAuthorized, rank: 30, status: 'processing', step: 'payment', outcome: 'done', next: 'shipment' },
  {
    contract: ShipmentScheduled,
    rank: pivot,
    status: 'processing',
    step: 'shipment',
    outcome: 'done',
    next: 'capture',
  },
  { contract: PaymentCaptured, rank: 50, status: 'processing', step: 'capture', outcome: 'done', next: 'commit' },
  { contract: StockCommitted, rank: 60, status: 'processing', step: 'commit', outcome: 'done', next: 'confirmation' },
  { contract: StockRejected, rank: 70, status: 'cancelling', step: 'stock', outcome: 'refused' },
  { contract: PaymentDeclined, rank: 71, status: 'cancelling', step: 'payment', outcome: 'refused' },
  { contract: ShipmentRefused, rank: 72, status: 'cancelling', step: 'shipment', outcome: 'refused' },
  { contract: ShipmentCancelled, rank: 80, status: 'cancelling', step: 'shipment', outcome: 'undone' },
  { contract: PaymentVoided, rank: 81, status: 'cancelling', step: 'payment', outcome: 'undone' },
  { contract: PaymentRefunded, rank: 82, status: 'cancelling', step: 'payment', outcome: 'undone' },
  { contract: StockReleased, rank: 83, status: 'cancelling', step: 'stock', outcome: 'undone' },
  { contract: OrderConfirmed, rank: 90, status: 'confirmed', step: 'confirmation', outcome: 'done' },
  { contract: OrderCancelled, rank: 91, status: 'cancelled', step: 'order', outcome: 'undone' },
]

/** The meaning of a message, by its type. */
export const milestoneOf: ReadonlyMap<string, Milestone> = new Map(
  [cancelRequested, ...milestones].map((milestone) => [milestone.contract.type, milestone]),
)
