import { createHash } from 'node:crypto'
import * as z from 'zod'

/** A name that the client gives to one thing it wants done. */
export const idempotencyKey = z
  .string()
  .regex(/^[\x20-\x7e]{1,255}$/, 'must be 1 to 255 printable ASCII characters')
  .meta({
    description: '1 to 255 printable ASCII characters, new for each order; the same one again repeats the answer.',
  })

/** Equal for bodies that say the same, whatever their white space; the schema has put their keys in one order. */
export function fingerprintOf(body: unknown): string {
  return createHash('sha256').update(JSON.stringify(body)).digest('base64url')
}
