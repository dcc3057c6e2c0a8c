/** Every message of the shop. */
export * from './inventory.ts'
export * from './orders.ts'
export * from './payments.ts'
export * from './shipping.ts'
/** Who places orders: what the gateway accepts, and what its clients must send. */
export * from './customers.ts'
/** What the fields of messages may hold, for those who take them from outside. */
export * as fields from './fields.ts'
