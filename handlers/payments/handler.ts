import {
  AuthorizePayment,
  CapturePayment,
  PaymentAuthorized,
  PaymentCaptured,
  PaymentDeclined,
  PaymentRefunded,
  PaymentVoided,
  RefundPayment,
  VoidPayment,
} from '#contracts'
import { handler, on } from 'warren'
import { httpBank, type Bank } from './bank.ts'
import { closeOfDay } from './close-of-day.ts'
import { authorized, captured, refunded, voided } from './record.ts'

/**
 * Money for orders: held on the card, then taken or let go, and given back.
 *
 * Every `call` runs outside the transaction and may run again after a crash, so the bank gets an idempotency key: one per
 * order and operation, whatever the message's id. Every `apply` runs inside it, exactly once, and records what the bank did.
 */
export const payments = (bank: Bank) => [
  on(AuthorizePayment, [PaymentAuthorized, PaymentDeclined], {
    call: ({ orderId, amount, currency, card }, { signal }) =>
      bank.authorize({ reference: orderId, amount, currency, card }, { idempotencyKey: orderId, signal }),

    async apply({ orderId, amount, currency }, { db, result }) {
      if (!result.approved) return PaymentDeclined({ orderId, reason: result.reason })
      await authorized(db, { orderId, authorizationId: result.id, amount, currency })
      return PaymentAuthorized({ orderId, authorizationId: result.id })
    },
  }),

  on(CapturePayment, [PaymentCaptured], {
    call: ({ orderId, authorizationId, amount }, { signal }) =>
      bank.capture({ authorizationId, amount }, { idempotencyKey: `${orderId}/capture`, signal }),

    async apply({ orderId, authorizationId, amount }, { db }) {
      await captured(db, { orderId, authorizationId, amount })
      return PaymentCaptured({ orderId, authorizationId, amount })
    },
  }),

  on(VoidPayment, [PaymentVoided], {
    call: ({ orderId, authorizationId }, { signal }) =>
      bank.void({ authorizationId }, { idempotencyKey: `${orderId}/void`, signal }),

    async apply({ orderId, authorizationId }, { db }) {
      await voided(db, { orderId, authorizationId })
      return PaymentVoided({ orderId, authorizationId })
    },
  }),

  on(RefundPayment, [PaymentRefunded], {
    call: ({ orderId, authorizationId, amount }, { signal }) =>
      bank.refund({ authorizationId, amount }, { idempotencyKey: `${orderId}/refund`, signal }),

    async apply({ orderId, authorizationId, amount }, { db }) {
      await refunded(db, { orderId, authorizationId, amount })
      return PaymentRefunded({ orderId, authorizationId, amount })
    },
  }),

  closeOfDay,
]

export default handler({ subscriptions: payments, ports: ({ env }) => httpBank(env('BANK_URL')), ownRowsOnly: true })
