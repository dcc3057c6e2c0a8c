import * as z from 'zod'

const amount = z.int().min(1).max(100_000_000_000)
// Nothing that the database would refuse: one request must not fail those that are decided with it.
const name = z.string().regex(/^[\x20-\x7e]{1,64}$/, 'must be 1 to 64 printable characters')

/** What may be asked, by path. Nothing more than these fields, so that a request's text is the same each time. */
export const requests = {
  authorizations: z.strictObject({
    reference: name,
    amount,
    currency: z.string().regex(/^[A-Z]{3}$/),
    card: z.string().regex(/^tok_[a-z0-9_]{1,40}$/),
  }),
  captures: z.strictObject({ authorizationId: name, amount }),
  voids: z.strictObject({ authorizationId: name }),
  refunds: z.strictObject({ authorizationId: name, amount }),
}

export type Operation = keyof typeof requests

type Requests = { [Name in Operation]: { operation: Name; key: string; body: z.output<(typeof requests)[Name]> } }

/** A request that passed the door. `key` is its Idempotency-Key. */
export type Request = Requests[Operation]

/** What the bank answers: a status of HTTP and a body. */
export interface Answer {
  status: number
  body: object
}

/** An answer that says no, as `application/problem+json`. */
export function problem(status: number, title: string, detail: string): Answer {
  return { status, body: { type: 'about:blank', status, title, detail } }
}
