import type { DataOf } from 'warren'
import type { OrderCancelled, OrderConfirmed } from '#contracts'
import type { Mail } from './mailer.ts'

/** The mail that confirms an order. */
export function confirmed({ orderId, email, total, currency, trackingId }: DataOf<typeof OrderConfirmed>): Mail {
  return {
    id: `order-confirmed.${orderId}@warren.example`,
    to: email,
    subject: `Your order ${short(orderId)} is confirmed`,
    text: paragraphs(
      'Hello,',
      'thank you for your order. It is paid and on its way to you.',
      [`Order:   ${orderId}`, `Total:   ${money(total, currency)}`, `Parcel:  ${trackingId}`].join('\n'),
      closing,
    ),
  }
}

/** The mail that cancels an order, with the reason. */
export function cancelled({ orderId, email, total, currency, step, reason }: DataOf<typeof OrderCancelled>): Mail {
  return {
    id: `order-cancelled.${orderId}@warren.example`,
    to: email,
    subject: `Your order ${short(orderId)} is cancelled`,
    text: paragraphs(
      'Hello,',
      `your order is cancelled: ${reason}.`,
      notCharged(step),
      [`Order:   ${orderId}`, `Total:   ${money(total, currency)}`].join('\n'),
      closing,
    ),
  }
}

/** Whether an amount was held on the card depends on how far the order had come, which a cancellation or a deadline does not tell. */
function notCharged(step: string): string {
  switch (step) {
    case 'stock':
    case 'payment':
      return 'You are not charged, and nothing is held on your card.'
    case 'shipment':
      return 'You are not charged: the amount held on your card is released.'
    default:
      return 'You are not charged: if an amount is held on your card, it is released.'
  }
}

const closing = 'Your Warren shop'

const short = (orderId: string) => orderId.slice(0, 8)

const money = (cents: number, currency: string) => `${currency} ${(cents / 100).toFixed(2)}`

const paragraphs = (...parts: string[]) => `${parts.join('\n\n')}\n`
