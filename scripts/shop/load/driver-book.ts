import type { CaseName, Line } from './cases.ts'
import type { Entry } from './journal.ts'

/** The load driver's requests and their answers: the only book that no part of the shop has written. */
export interface DriverBook {
  /** The names that only this load used: all their orders come from it. */
  readonly customers: readonly string[]
  /** The catalogue before the load. */
  readonly prices: Readonly<Record<string, number>>
  readonly asked: readonly Asked[]
}

interface Asked {
  readonly number: number
  readonly case: CaseName
  readonly lines: readonly Line[]
  /** Order and total of each 202: more than one for a repeated request. */
  readonly accepted: readonly { readonly orderId: string; readonly total: number }[]
  /** The status of a refusal. */
  readonly refused: number | undefined
}

/** A driver's file as one of the ledger's books. */
export function driverBook(entries: readonly Entry[]): DriverBook {
  const [start] = entries
  if (start?.is !== 'start') throw new Error('a load’s file begins with its start')

  type Writable = { -readonly [Key in keyof Asked]: Asked[Key] }
  const asked = new Map<number, Writable>()
  for (const entry of entries) {
    if (entry.is === 'order') {
      const { request: number, case: name, lines } = entry
      asked.set(number, { number, case: name, lines, accepted: [], refused: undefined })
    }
    if (entry.is !== 'answer' || entry.to !== 'order') continue
    const known = asked.get(entry.request)
    const { status, orderId = '', total = 0 } = entry
    if (known && status === 202) known.accepted = [...known.accepted, { orderId, total }]
    if (known && isRefusal(status)) known.refused = status
  }
  return { customers: start.customers, prices: start.prices, asked: [...asked.values()] }
}

/** Whether an answer is final and negative. All others but 202 leave the outcome open. */
export function isRefusal(status: number | string): status is number {
  return typeof status === 'number' && status >= 400 && status < 500 && status !== 429
}
