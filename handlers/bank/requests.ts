import * as z from 'zod'

const amount = z.int().min(1).max(100_000_000_000)
// Excludes everything that the database would reject: one request must not fail the others in its batch.
const name = z.string().regex(/^[\x20-\x7e]{1,64}$/, 'must be 1 to 64 printable characters')

/** The request schemas, by path. Strict, so that equal requests have equal texts. */
export const requests = {
  authorizations: z.strictObject({
    reference: name,
    amount,
    currency: z.string().regex(/^[A-Z]{3}$/, 'must be three capital letters, such as EUR'),
    card: z.string().regex(/^tok_[a-z0-9_]{1,40}$/, 'must be a token such as tok_visa'),
  }),
  captures: z.strictObject({ authorizationId: name, amount }),
  voids: z.strictObject({ authorizationId: name }),
  refunds: z.strictObject({ authorizationId: name, amount }),
}

export type Operation = keyof typeof requests

type Requests = { [Name in Operation]: { operation: Name; key: string; body: z.output<(typeof requests)[Name]> } }

/** A validated request. `key` is its Idempotency-Key. */
export type Request = Requests[Operation]

/** The bank's answer: an HTTP status and a body. */
export interface Answer {
  status: number
  body: object
}

/** An error answer as `application/problem+json`. */
export function problem(status: number, title: string, detail: string): Answer {
  return { status, body: { type: 'about:blank', status, title, detail } }
}
