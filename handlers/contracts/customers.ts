import { SignJWT } from 'jose'
import { v5 as uuidv5 } from 'uuid'

/** A customer, as identified by a signed token. */
export interface Customer {
  readonly id: string
  readonly email: string
  /** Whether the routes under `/api/admin` accept the token. */
  readonly admin?: boolean
  /** Orders of a VIP overtake others. */
  readonly tier?: 'vip' | undefined
}

/** The signature algorithm and the audience of customer tokens. */
export const customerTokens = { algorithm: 'HS256', audience: 'shop' } as const

/**
 * Issues a token that the gateway accepts in `Authorization: Bearer <token>`.
 *
 * @param secret the gateway's `AUTH_SECRET`
 * @param expires a duration such as `7d`, or a date
 */
export function issueToken(secret: string, customer: Customer, expires: string | Date = '7d'): Promise<string> {
  const { email, admin, tier } = customer
  return new SignJWT({ email, ...(admin && { admin }), ...(tier && { tier }) })
    .setProtectedHeader({ alg: customerTokens.algorithm })
    .setSubject(customer.id)
    .setAudience(customerTokens.audience)
    .setIssuedAt()
    .setExpirationTime(expires)
    .sign(new TextEncoder().encode(secret))
}

const namespace = '6f0c6c1e-4a0b-5b0e-9d5c-2f2d5f3f8a01'

/**
 * The id of the order that a customer places with an `Idempotency-Key`: equal for the same customer and key, different for the same key
 * of two customers. A customer id contains no slash.
 */
export function orderIdOf(customerId: string, key: string): string {
  return uuidv5(`${customerId}/${key}`, namespace)
}
