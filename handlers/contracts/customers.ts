import { SignJWT } from 'jose'
import { v5 as uuidv5 } from 'uuid'

/** A customer, as the signed token names it. */
export interface Customer {
  readonly id: string
  readonly email: string
}

/** How the token of a customer is signed, and the audience that it is made for. */
export const customerTokens = { algorithm: 'HS256', audience: 'shop' } as const

/**
 * Signs a token that the gateway accepts in `Authorization: Bearer <token>`.
 *
 * @param secret the gateway's `AUTH_SECRET`
 * @param expires a length such as `7d`, or a date
 */
export function issueToken(secret: string, customer: Customer, expires: string | Date = '7d'): Promise<string> {
  return new SignJWT({ email: customer.email })
    .setProtectedHeader({ alg: customerTokens.algorithm })
    .setSubject(customer.id)
    .setAudience(customerTokens.audience)
    .setIssuedAt()
    .setExpirationTime(expires)
    .sign(new TextEncoder().encode(secret))
}

const namespace = '6f0c6c1e-4a0b-5b0e-9d5c-2f2d5f3f8a01'

/**
 * The id of the order that a customer places under an `Idempotency-Key`: the same customer and key name the same order, while
 * the same key of two customers names two orders. A customer id contains no slash.
 */
export function orderIdOf(customerId: string, key: string): string {
  return uuidv5(`${customerId}/${key}`, namespace)
}
