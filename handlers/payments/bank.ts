import { Reject, Unavailable } from '#runtime'
import * as z from 'zod'
import { postJson } from './post.ts'

/** The payment provider, as this handler needs it. Asking again with the same key and request repeats the answer, not the effect. */
export interface Bank {
  /** Holds money on a card. A refusal is an answer. */
  authorize(request: AuthorizationRequest, options: Options): Promise<Authorization>
  /** Takes money that is held: all of it or a part. */
  capture(request: { authorizationId: string; amount: number }, options: Options): Promise<void>
  /** Lets go of money that is held. */
  void(request: { authorizationId: string }, options: Options): Promise<void>
  /** Gives back money that was taken: all of it or a part, once. */
  refund(request: { authorizationId: string; amount: number }, options: Options): Promise<void>
}

export interface AuthorizationRequest {
  /** What the bank's book calls this payment: the order. */
  reference: string
  /** In cents. */
  amount: number
  currency: string
  card: string
}

export type Authorization = { approved: true; id: string } | { approved: false; reason: string }

interface Options {
  idempotencyKey: string
  /** Its abort is the only timeout. */
  signal: AbortSignal
}

const authorization = z.discriminatedUnion('status', [
  z.object({ status: z.literal('authorized'), id: z.string().min(1).max(64) }),
  z.object({ status: z.literal('declined'), reason: z.string().min(1).max(200) }),
])

/**
 * The bank over HTTP.
 *
 * @throws Unavailable when it cannot be reached, does not answer in time, or says that it is down (502, 503, 504) or busy (429)
 * @throws Reject when it refuses the request itself (other 4xx): asking again cannot help
 * @throws Error when it failed on this very request (500), which must not stop everybody else's
 */
export function httpBank(url: string): Bank {
  if (!/^https?:\/\/./.test(url)) throw new TypeError(`BANK_URL must be a URL such as http://bank:8080 (got "${url}")`)

  async function post(path: string, body: object, { idempotencyKey, signal }: Options): Promise<unknown> {
    const answered = postJson(new URL(path, url), body, { 'idempotency-key': idempotencyKey }, signal)
    const { status, text } = await answered.catch((error: unknown) => {
      throw new Unavailable('bank', { cause: error })
    })
    if (status < 300) return JSON.parse(text)

    const said = `the bank answered ${status} to POST ${path}: ${text.slice(0, 200)}`
    if (busyOrDown.has(status)) throw new Unavailable('bank', { cause: said })
    if (status < 500) throw new Reject(said)
    throw new Error(said)
  }

  return {
    async authorize(request, options) {
      const answer = authorization.parse(await post('/authorizations', request, options))
      return answer.status === 'authorized'
        ? { approved: true, id: answer.id }
        : { approved: false, reason: answer.reason }
    },
    async capture(request, options) {
      await post('/captures', request, options)
    },
    async void(request, options) {
      await post('/voids', request, options)
    },
    async refund(request, options) {
      await post('/refunds', request, options)
    },
  }
}

const busyOrDown = new Set([429, 502, 503, 504])
