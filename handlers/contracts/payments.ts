import { command, event } from 'warren'
import { amount, cardToken, currency, orderId, reason, text } from './fields.ts'

/** Issued by the bank. */
const authorizationId = text(64)

export const AuthorizePayment = command('payment.authorize.v1', { orderId, amount, currency, card: cardToken })
export const CapturePayment = command('payment.capture.v1', { orderId, authorizationId, amount })
export const VoidPayment = command('payment.void.v1', { orderId, authorizationId })
export const RefundPayment = command('payment.refund.v1', { orderId, authorizationId, amount, reason })

export const PaymentAuthorized = event('payment.authorized.v1', { orderId, authorizationId })
export const PaymentDeclined = event('payment.declined.v1', { orderId, reason })
export const PaymentCaptured = event('payment.captured.v1', { orderId, authorizationId, amount })
export const PaymentVoided = event('payment.voided.v1', { orderId, authorizationId })
export const PaymentRefunded = event('payment.refunded.v1', { orderId, authorizationId, amount })
