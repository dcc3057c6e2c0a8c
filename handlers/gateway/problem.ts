import { STATUS_CODES } from 'node:http'
import * as z from 'zod'

/** Thrown to refuse a request; becomes an `application/problem+json` response. */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly status: number
  readonly headers: Readonly<Record<string, string>>

  /** @param sentence one sentence for the client, naming the field and the reason */
  constructor(status: number, sentence: string, headers: Readonly<Record<string, string>> = {}) {
    super(sentence)
    this.status = status
    this.headers = headers
  }
}

/** The body of an error response, according to RFC 9457. */
export const ProblemBody = z.strictObject({
  type: z.literal('about:blank'),
  title: z.string().meta({ description: 'The name of the status code.' }),
  status: z.int().min(400).max(599),
  detail: z.string().meta({ description: 'One sentence: the field and the reason.' }),
})

export function problemBody({ status, message }: Problem): z.output<typeof ProblemBody> {
  return { type: 'about:blank', title: STATUS_CODES[status] ?? 'Error', status, detail: message }
}

/** A 503 that asks the client to retry after `seconds`. */
export function comeBack(sentence: string, seconds: number): Problem {
  return new Problem(503, sentence, { 'retry-after': String(seconds) })
}
