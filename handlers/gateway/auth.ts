import { errors, jwtVerify } from 'jose'
import * as z from 'zod'
import { customerTokens, fields, type Customer } from '#contracts'
import { Problem } from './problem.ts'

const remembered = 10_000

const claims = z.object({
  sub: fields.customerId,
  email: fields.email,
  exp: z.int(),
  admin: z.boolean().default(false),
  tier: fields.tier.optional(),
})

/**
 * Creates the function that authenticates a customer by the `Authorization` header. It throws a 401 `Problem` with the reason.
 * Valid tokens are cached until they expire: verifying a signature is a seventh of the work of accepting an order.
 */
export function authentication(secret: string): (authorization: string | undefined) => Promise<Customer> {
  const key = new TextEncoder().encode(secret)
  const known = new Map<string, { customer: Customer; expires: number }>()

  return async (authorization) => {
    const [, token] = /^Bearer ([\w-]+\.[\w-]+\.[\w-]*)$/i.exec(authorization ?? '') ?? []
    if (token === undefined) throw unauthorized('Authorization must be "Bearer" followed by a token')
    const seen = known.get(token)
    if (seen && seen.expires > Date.now()) return seen.customer
    known.delete(token)

    const { sub, email, exp, admin, tier } = await verify(token, key)
    const customer = { id: sub, email, admin, tier }
    if (known.size >= remembered) known.delete(known.keys().next().value as string)
    known.set(token, { customer, expires: exp * 1000 })
    return customer
  }
}

async function verify(token: string, key: Uint8Array): Promise<z.output<typeof claims>> {
  try {
    const { payload } = await jwtVerify(token, key, {
      algorithms: [customerTokens.algorithm],
      audience: customerTokens.audience,
    })
    return claims.parse(payload)
  } catch (error) {
    if (error instanceof errors.JWTExpired) throw unauthorized('Authorization contains an expired token')
    throw unauthorized('Authorization contains an invalid token')
  }
}

function unauthorized(sentence: string): Problem {
  return new Problem(401, sentence, { 'www-authenticate': 'Bearer' })
}
