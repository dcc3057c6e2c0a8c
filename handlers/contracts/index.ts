/** Every message of the shop. */
export * from './analytics.ts'
export * from './inventory.ts'
export * from './journal.ts'
export * from './logs.ts'
export * from './notices.ts'
export * from './orders.ts'
export * from './payments.ts'
export * from './shipping.ts'
/** Customers: their tokens, and the order ids derived from their idempotency keys. */
export * from './customers.ts'
/** The schemas of message fields, for validating external input. */
export * as fields from './fields.ts'
