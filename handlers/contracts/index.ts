/** Every message of the shop. */
export * from './inventory.ts'
export * from './orders.ts'
export * from './payments.ts'
export * from './shipping.ts'
