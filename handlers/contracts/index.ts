/** Every message of the shop. */
export * from './inventory.ts'
export * from './orders.ts'
export * from './payments.ts'
export * from './shipping.ts'
/** What the fields of messages may hold, for those who take them from outside. */
export * as fields from './fields.ts'
