import * as z from 'zod'

const printable = /^[^\u0000-\u001f\u007f]*$/
const noControlCharacters = 'must not contain control characters'

export const orderId = z.uuid()
export const customerId = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[A-Za-z0-9_-]+$/, 'must consist of letters, digits, hyphens and underscores')
export const sku = z
  .string()
  .min(1)
  .max(32)
  .regex(/^[A-Z0-9-]+$/, 'must consist of capital letters, digits and hyphens')
export const quantity = z.int().min(1).max(1_000)
/** Money in integer minor units (cents), never a fraction. */
export const amount = z.int().min(1).max(100_000_000_000)
export const currency = z.enum(['EUR', 'USD'])
export const country = z.string().regex(/^[A-Z]{2}$/, 'must be a country code of two capital letters, such as GB')
export const reason = z.string().min(1).max(200).regex(printable, noControlCharacters)
export const text = (max: number) => z.string().min(1).max(max).regex(printable, noControlCharacters)
/** Text that may be the value of an HTTP header. */
export const headerText = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .regex(/^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/, 'must be printable ASCII without spaces around it')
export const email = z.email().max(254)
/** A token of the payment provider, never a card number. */
export const cardToken = z.string().regex(/^tok_[a-z0-9_]{1,40}$/, 'must be a token such as tok_visa')

export const stockLines = z.array(z.object({ sku, quantity })).min(1).max(100)
export const orderLines = z
  .array(z.object({ sku, quantity, unitPrice: amount }))
  .min(1)
  .max(100)
/** Of a customer, when there is anything special about it. */
export const tier = z.enum(['vip'])
export const address = z.object({ name: text(100), street: text(200), city: text(100), postalCode: text(16), country })
