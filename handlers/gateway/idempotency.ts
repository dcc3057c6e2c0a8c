import { createHash } from 'node:crypto'
import { v5 as uuidv5 } from 'uuid'
import * as z from 'zod'

/** A name that the client gives to one thing it wants done. */
export const idempotencyKey = z
  .string()
  .regex(/^[\x20-\x7e]{1,255}$/, 'must be 1 to 255 printable ASCII characters')
  .meta({
    description: '1 to 255 printable ASCII characters, new for each order; the same one again repeats the answer.',
  })

const namespace = '6f0c6c1e-4a0b-5b0e-9d5c-2f2d5f3f8a01'

/** The same customer and key are the same order; another customer's same key is another one. A customer id has no slash. */
export function orderIdOf(customerId: string, key: string): string {
  return uuidv5(`${customerId}/${key}`, namespace)
}

/** Equal for bodies that say the same, whatever their white space; the schema has put their keys in one order. */
export function fingerprintOf(body: unknown): string {
  return createHash('sha256').update(JSON.stringify(body)).digest('base64url')
}
