import { command, event } from '#runtime'
import {
  address,
  amount,
  cardToken,
  country,
  currency,
  customerId,
  email,
  orderId,
  orderLines,
  reason,
  text,
} from './fields.ts'

/** An order with the prices that the catalogue had when it was taken. */
const order = {
  orderId,
  customerId,
  email,
  currency,
  lines: orderLines,
  total: amount,
  card: cardToken,
  shipTo: address,
}
const outcome = { orderId, customerId, email, currency, total: amount }

export const PlaceOrder = command('order.place.v1', order)
export const CancelOrder = command('order.cancel.v1', { orderId, reason })

export const OrderCreated = event(
  'order.created.v1',
  { ...outcome, country },
  { words: ({ country }) => [country.toLowerCase()] },
)
export const OrderConfirmed = event('order.confirmed.v1', { ...outcome, trackingId: text(64) })
/** `step` is the step that failed, `cancel` when the customer cancelled, `deadline` when nobody answered in time. */
export const OrderCancelled = event('order.cancelled.v1', { ...outcome, step: text(32), reason })
/** The customer asked too late: the money was being taken already. */
export const OrderCancellationRefused = event('order.cancellation_refused.v1', { orderId, reason })
