import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkLedger, holds, report } from '../shop/ledger/ledger.ts'
import { runLoad, type LoadOptions } from '../shop/load/run.ts'
import type { Shop } from '../inspect/shop.ts'

export interface LoadedShop {
  /** Customers who were told that their order is taken, so far. */
  readonly accepted: number
  /** Waits until every customer has an answer and the shop has come to rest, then compares all books: every promise holds. */
  expectLedgerHolds(): Promise<void>
}

/**
 * Lets customers order over HTTP while a test makes things go wrong: good orders, and every kind that fails.
 *
 * @param rate orders a second
 */
export function underLoad(
  { shop }: { readonly shop: Shop },
  { orders, rate, plan }: Pick<LoadOptions, 'orders' | 'rate' | 'plan'>,
): LoadedShop {
  const folder = mkdtempSync(join(tmpdir(), 'warren-load-'))
  let accepted = 0
  const load = runLoad({
    gatewayUrl: shop.gatewayUrl,
    access: { secret: shop.authSecret },
    orders,
    rate,
    folder,
    ...(plan && { plan }),
    progress: (figures) => (accepted = figures.accepted),
  })
  // Whoever waits for the ledger hears of it.
  load.catch(() => {})

  return {
    get accepted() {
      return accepted
    },
    async expectLedgerHolds() {
      const { file, accepted, answers } = await load
      const ledger = await checkLedger(shop, file)
      rmSync(folder, { recursive: true })
      expect(report(ledger).filter((line) => !line.startsWith('✓'))).toEqual([])
      expect(holds(ledger)).toBe(true)
      expect({ accepted, answers }).toEqual({ accepted: orders, answers })
    },
  }
}
