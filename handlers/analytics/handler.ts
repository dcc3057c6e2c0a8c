import {
  OrderCancelled,
  OrderConfirmed,
  OrderCreated,
  PaymentAuthorized,
  PaymentCaptured,
  ShipmentScheduled,
  StockReserved,
} from '#contracts'
import { handler, onBatch, type AnyContract } from 'warren'
import { answerAnalytics } from './answer-analytics.ts'
import { count, type Fact, type Step } from './count.ts'

const reached = new Map<AnyContract, Step>([
  [StockReserved, 'reserved'],
  [PaymentAuthorized, 'authorized'],
  [ShipmentScheduled, 'scheduled'],
  [PaymentCaptured, 'captured'],
  [OrderConfirmed, 'confirmed'],
])

/**
 * The numbers of the shop, from its events alone: sales by day and country, how far orders come, and why they fail. It emits and sends
 * nothing, so `npm run replay -- --to analytics --rebuild` makes them anew from the journal.
 */
export const analytics = () => [
  ...onBatch(
    [
      OrderCreated,
      StockReserved,
      PaymentAuthorized,
      ShipmentScheduled,
      PaymentCaptured,
      OrderConfirmed,
      OrderCancelled,
    ],
    (items, { db }) =>
      count(
        db,
        items.map(({ contract, data, message }): Fact => {
          const { orderId } = data
          if ('country' in data) {
            const { country, currency, total } = data
            return { orderId, createdAt: message.publishedAt, country, currency, total }
          }
          if ('step' in data) return { orderId, step: data.step, reason: data.reason }
          return { orderId, reached: reached.get(contract) as Step }
        }),
      ),
  ),
  answerAnalytics,
]

export default handler({ subscriptions: analytics })
