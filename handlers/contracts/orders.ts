import { command, event } from 'warren'
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
  tier,
} from './fields.ts'

/** An order with the catalogue's prices at the time it was accepted. */
const order = {
  orderId,
  customerId,
  email,
  currency,
  lines: orderLines,
  total: amount,
  card: cardToken,
  shipTo: address,
  tier: tier.optional(),
}
const outcome = { orderId, customerId, email, currency, total: amount }

/** A VIP's order overtakes others: whatever it leads to inherits the priority. */
export const PlaceOrder = command('order.place.v1', order, {
  priority: ({ tier }) => (tier === 'vip' ? 9 : undefined),
})
export const CancelOrder = command('order.cancel.v1', { orderId, reason })

export const OrderCreated = event(
  'order.created.v1',
  { ...outcome, country },
  { words: ({ country }) => [country.toLowerCase()] },
)
/** What was ordered and where it goes, for those who write it down; orders that were confirmed before these fields existed have none. */
export const OrderConfirmed = event('order.confirmed.v1', {
  ...outcome,
  trackingId: text(64),
  lines: orderLines.optional(),
  shipTo: address.optional(),
})
/** `step` is the failed step, `cancel` if the customer cancelled, or `deadline` if a step did not answer in time. */
export const OrderCancelled = event('order.cancelled.v1', { ...outcome, step: text(32), reason })
/** The customer's cancellation came too late: the payment was already being captured. */
export const OrderCancellationRefused = event('order.cancellation_refused.v1', { orderId, reason })
