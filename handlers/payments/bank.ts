import { Reject, Unavailable, wrongField } from 'warren'
import * as z from 'zod'
import { postJson } from './post.ts'

/** The port to the payment provider. Repeating a request with the same key repeats the answer, not the effect. */
export interface Bank {
  /** Reserves money on a card. A declined card is a result, not an error. */
  authorize(request: AuthorizationRequest, options: Options): Promise<Authorization>
  /** Captures reserved money, in full or in part. */
  capture(request: { authorizationId: string; amount: number }, options: Options): Promise<void>
  /** Releases reserved money. */
  void(request: { authorizationId: string }, options: Options): Promise<void>
  /** Refunds captured money once, in full or in part. */
  refund(request: { authorizationId: string; amount: number }, options: Options): Promise<void>
}

export interface AuthorizationRequest {
  /** The payment's reference in the bank's book: the order id. */
  reference: string
  /** In cents. */
  amount: number
  currency: string
  card: string
}

export type Authorization = { approved: true; id: string } | { approved: false; reason: string }

interface Options {
  idempotencyKey: string
  /** Its abort is the only timeout of a request. */
  signal: AbortSignal
}

const authorization = z.discriminatedUnion('status', [
  z.object({ status: z.literal('authorized'), id: z.string().min(1).max(64) }),
  z.object({ status: z.literal('declined'), reason: z.string().min(1).max(200) }),
])

/**
 * The bank over HTTP.
 *
 * @param url of its API, with the path of a proxy if there is one
 *
 * @throws Unavailable if it is unreachable, does not answer in time or never ends its answer, or reports that it is down (502, 503,
 * 504) or busy (429)
 * @throws Reject if it refuses the request itself (other 4xx), because repeating it cannot help
 * @throws Error if it failed on this request alone (500, or an answer that is not its protocol), which must not pause other requests
 */
export function httpBank(url: string): Bank {
  // Without the value, which may contain a password.
  if (!/^https?:\/\/./.test(url) || !URL.canParse(url))
    throw new TypeError('BANK_URL must be a URL such as http://bank:8080')
  if (/%(?![0-9a-f]{2})/i.test(url)) throw new TypeError('BANK_URL has a % that encodes nothing: write %25')
  const base = url.replace(/\/+$/, '')

  async function post(path: string, body: object, { idempotencyKey, signal }: Options): Promise<unknown> {
    const answered = postJson(new URL(`${base}${path}`), body, { 'idempotency-key': idempotencyKey }, signal)
    const { status, text } = await answered.catch((error: unknown) => {
      throw new Unavailable('bank', { cause: error })
    })
    if (status < 300) return parsed(text, path)

    const said = `the bank answered ${status} to POST ${path}: ${text.slice(0, 200)}`
    if (busyOrDown.has(status)) throw new Unavailable('bank', { cause: said })
    if (status < 500) throw new Reject(said)
    throw new Error(said)
  }

  return {
    async authorize(request, options) {
      const { data: answer, error } = authorization.safeParse(await post('/authorizations', request, options))
      if (error) throw new Error(`the bank's answer to POST /authorizations: ${wrongField(error, 'it')}`)
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

function parsed(text: string, path: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Error(`the bank's answer to POST ${path} is not JSON: ${JSON.stringify(text.slice(0, 200))}`)
  }
}

const busyOrDown = new Set([429, 502, 503, 504])
