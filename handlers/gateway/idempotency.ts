import { createHash } from 'node:crypto'
import * as z from 'zod'

/** The key with which a client identifies one intended order across retries. */
export const idempotencyKey = z
  .string()
  .regex(/^[\x20-\x7e]{1,255}$/, 'must be 1 to 255 printable ASCII characters')
  .meta({
    description: '1 to 255 printable ASCII characters, new for each order; reusing a key repeats the response.',
  })

/** Equal for equivalent bodies, regardless of white space; the schema has already normalized the order of keys. */
export function fingerprintOf(body: unknown): string {
  return createHash('sha256').update(JSON.stringify(body)).digest('base64url')
}
