import { setTimeout as pause } from 'node:timers/promises'
import { backOff } from '#runtime/time/back-off.ts'
import type { Answer, Client } from './client.ts'
import { isRefusal } from './driver-book.ts'
import type { Journal } from './journal.ts'
import type { PlannedOrder } from './orders.ts'
import type { Tally } from './tally.ts'

export interface Account {
  readonly customer: string
  readonly token: string
}

interface Shopping {
  readonly client: Client
  readonly journal: Journal
  readonly tally: Tally
  /** Milliseconds after which a customer without a usable answer leaves. */
  readonly patience: number
}

/**
 * One customer with one order, from the first request to the last: sends it under the same key until it is accepted or refused,
 * and then, as planned, repeats or cancels it.
 *
 * @param due when the first request should have gone out, in milliseconds of `performance.now()`: latency counts from there
 */
export async function shop(
  planned: PlannedOrder,
  { customer, token }: Account,
  due: number,
  shopping: Shopping,
): Promise<void> {
  const { number, lines, body, case: name } = planned
  const key = `${customer}-${number}`
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': key }
  const { client, journal, tally } = shopping

  const send = () => heard(number, 'order', shopping, () => client.post('/api/orders', headers, body))
  journal.write({ is: 'order', request: number, customer, key, case: name, lines: [...lines] })
  const orderId = await insist(send, () => journal.write({ is: 'again', request: number }), shopping)
  if (orderId === undefined) return tally.leave()
  tally.accept(performance.now() - due)

  if (planned.repeat) {
    journal.write({ is: 'again', request: number })
    await send()
  }
  if (planned.cancel) {
    const path = `/api/orders/${orderId}/cancel`
    const wish = () => journal.write({ is: 'cancel', request: number, orderId })
    wish()
    await insist(
      () => heard(number, 'cancel', shopping, () => client.post(path, { authorization: headers.authorization })),
      wish,
      shopping,
    )
  }
}

/** Sends a request and records its answer. */
async function heard(
  request: number,
  to: 'order' | 'cancel',
  { journal, tally }: Shopping,
  send: () => Promise<Answer>,
) {
  const sent = performance.now()
  const answer = await send()
  const ms = Math.round((performance.now() - sent) * 10) / 10
  const { orderId, total } = (answer.status === 202 && answer.body) || {}
  journal.write({ is: 'answer', request, to, status: answer.status, ...(orderId && { orderId, total }), ms })
  tally.answer(to, answer.status)
  return answer
}

/** Sends a request until it is accepted or refused. Returns the order; `undefined` when refused, or when patience has run out. */
async function insist(
  send: () => Promise<Answer>,
  noteRetry: () => void,
  { patience, tally }: Shopping,
): Promise<string | undefined> {
  const start = performance.now()
  for (let failures = 1; ; failures++) {
    const { status, body, retryAfter } = await send()
    if (status === 202) return body?.orderId as string
    if (isRefusal(status)) return undefined

    const wait = retryAfter ? retryAfter * 1_000 : backOff(failures, { shortest: 100, longest: 5_000 })
    if (performance.now() + wait - start > patience) return undefined
    await pause(wait)
    tally.retry()
    noteRetry()
  }
}
