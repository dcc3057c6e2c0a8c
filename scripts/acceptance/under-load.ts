import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkLedger, holds, report } from '../shop/ledger/ledger.ts'
import { runLoad, type LoadOptions } from '../shop/load/run.ts'
import type { Shop } from '../shop/shop.ts'

interface LoadedShop {
  /** The number of accepted orders so far. */
  readonly accepted: number
  /** Waits until every request is answered and the shop is idle, then checks every promise of the ledger. */
  expectLedgerHolds(): Promise<void>
}

/**
 * Places orders over HTTP while a test injects faults: successful orders, and every kind of failing order.
 *
 * @param rate orders per second
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
  // The error surfaces where the test awaits the ledger.
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
