import { driverBook } from '../load/driver-book.ts'
import { readJournal } from '../load/journal.ts'
import type { Shop } from '../shop.ts'
import { check } from './check.ts'
import { collect } from './collect.ts'
import { rest, type Moving, type Rest } from './rest.ts'
import type { Verdict } from './verdict.ts'

interface Ledger {
  readonly rest: Rest
  readonly verdicts: readonly Verdict[]
}

/**
 * Waits until a shop has come to rest, then compares a driver's file with all of the shop's books.
 *
 * @param file the driver's file of a load: `.warren/load/<time>.jsonl`
 * @param within milliseconds until the shop must be at rest; the books are compared even if it is not
 */
export async function checkLedger(
  shop: Shop,
  file: string,
  { within = 120_000, progress }: { within?: number; progress?: (moving: Moving) => void } = {},
): Promise<Ledger> {
  const driver = driverBook(readJournal(file))
  const rested = await rest(shop, within, progress)
  return { rest: rested, verdicts: check(await collect(shop, driver)) }
}

const shown = 5

/** The verdicts as text: a line each, with the first breaches under it. */
export function report({ rest, verdicts }: Ledger): string[] {
  const seconds = (rest.after / 1_000).toFixed(1)
  return [
    rest.reached
      ? `✓ the shop came to rest ${seconds} s after the last answer`
      : `✗ the shop did not come to rest within ${seconds} s: ${rest.last ? `${rest.last.orders} orders and ${rest.last.messages} messages are under way` : 'its broker or databases cannot be read'}`,
    ...verdicts.flatMap(({ promise, figures, breaches }) => [
      `${breaches.length === 0 ? '✓' : '✗'} ${promise} (${figures})`,
      ...breaches.slice(0, shown).map((breach) => `    ${breach}`),
      ...(breaches.length > shown ? [`    and ${breaches.length - shown} more`] : []),
    ]),
  ]
}

export function holds({ rest, verdicts }: Ledger): boolean {
  return rest.reached && verdicts.every(({ breaches }) => breaches.length === 0)
}
