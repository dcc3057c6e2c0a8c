import { CheckStock } from '#contracts'
import type { Ask } from 'warren'

/** Milliseconds for which an answer is used, and in which the same product is not asked for again. */
const freshFor = 1_000

interface Known {
  readonly asked: number
  /** Pieces that can be reserved; undefined while the warehouse has not answered. */
  available?: number
}

/**
 * What the warehouse last answered about the products of orders. An order never waits for it and is never refused by it: whether there is
 * enough is decided by the reservation.
 */
export class StockCheck {
  readonly #known = new Map<string, Known>()
  readonly #ask: Ask
  readonly #now: () => number

  constructor(ask: Ask, now = Date.now) {
    this.#ask = ask
    this.#now = now
  }

  /** Asks for those products whose last answer is older than a second. Never throws: without an answer, nothing is known of them. */
  async refresh(skus: Iterable<string>, correlationId: string): Promise<void> {
    const now = this.#now()
    const due = [...new Set(skus)].filter((sku) => now - (this.#known.get(sku)?.asked ?? -Infinity) >= freshFor)
    if (due.length === 0) return
    // The last answer stands until the next one, so that every order of a busy product is compared with one.
    for (const sku of due) this.#known.set(sku, { ...this.#known.get(sku), asked: now })
    const answer = await this.#ask(CheckStock, { skus: due }, { timeout: '500ms', correlationId }).catch(
      () => undefined,
    )
    for (const sku of due)
      this.#known.set(sku, { asked: now, ...(answer && { available: answer.available[sku] ?? 0 }) })
  }

  /** One sentence for each product of which more is ordered than was last available. */
  warnings(lines: readonly { sku: string; quantity: number }[]): string[] {
    const wanted = new Map<string, number>()
    for (const { sku, quantity } of lines) wanted.set(sku, (wanted.get(sku) ?? 0) + quantity)
    return [...wanted].flatMap(([sku, quantity]) => {
      const available = this.#known.get(sku)?.available
      if (available === undefined || available >= quantity) return []
      return [`${sku} may be out of stock: ${quantity} ordered, ${available} available`]
    })
  }
}
