import * as z from 'zod'

const text = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .regex(/^[^\u0000-\u001f\u007f]*$/)

/** What the gateway takes from outside: never wider than what the contracts let through. */
export const customerId = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/)
export const email = z.email().max(254)
export const quantity = z.int().min(1).max(1_000)
export const cardToken = z.string().regex(/^tok_[a-z0-9_]{1,40}$/)
export const address = z.strictObject({
  name: text(100),
  street: text(200),
  city: text(100),
  postalCode: text(16),
  country: z
    .string()
    .regex(/^[A-Z]{2}$/)
    .meta({ description: 'Two letters, as ISO 3166 has them.' }),
})
