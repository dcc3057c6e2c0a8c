import { cases, type CaseName, type Line } from './cases.ts'

/** One order of a load, derived from its number alone, so that a load is reproducible. */
export interface PlannedOrder {
  readonly number: number
  readonly case: CaseName
  readonly lines: readonly Line[]
  readonly cancel: boolean
  /** Sent a second time under its key after its answer. */
  readonly repeat: boolean
  readonly body: string
}

const hundred = Object.entries(cases).flatMap(([name, { share }]) => Array<CaseName>(share).fill(name as CaseName))

/**
 * @param number from 1 up
 * @param skus the products in stock
 */
export function plannedOrder(number: number, skus: readonly string[]): PlannedOrder {
  // 37 and 100 have no divisor in common, so each hundred orders has every case, well mixed.
  const name = hundred[(number * 37) % 100]!
  const kind: (typeof cases)[CaseName] & { lines?: readonly Line[]; postalCode?: string; cancel?: true } = cases[name]
  const lines = kind.lines ?? linesOf(number, skus)
  const shipTo = {
    name: `Customer ${number}`,
    street: `${1 + (number % 200)} Warren Lane`,
    city: 'Watership',
    postalCode: kind.postalCode ?? String(10_000 + (number % 80_000)),
    country: ['DE', 'FR', 'GB', 'US'][number % 4],
  }
  return {
    number,
    case: name,
    lines,
    cancel: kind.cancel === true,
    // No divisor in common with 100, so that every case is repeated now and then.
    repeat: number % 19 === 0,
    body: JSON.stringify({ lines, card: kind.card, shipTo }),
  }
}

/** An order that goes through, whatever its number. */
export function approvedOrder(number: number, skus: readonly string[]): PlannedOrder {
  const order = plannedOrder(number, skus)
  const body = JSON.parse(order.body) as { shipTo: object }
  const lines = [
    { sku: skus[number % skus.length] as string, quantity: 1 },
    { sku: skus[(number + 3) % skus.length] as string, quantity: 2 },
  ]
  return {
    ...order,
    case: 'approved' as const,
    lines,
    cancel: false,
    repeat: false,
    body: JSON.stringify({ ...body, lines, card: 'tok_visa', shipTo: { ...body.shipTo, postalCode: '10001' } }),
  }
}

function linesOf(number: number, skus: readonly string[]): Line[] {
  return Array.from({ length: 1 + (number % 3) }, (_, index) => ({
    sku: skus[(number + index) % skus.length]!,
    quantity: 1 + ((number + index) % 3),
  }))
}
