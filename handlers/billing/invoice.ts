import type { DataOf } from 'warren'
import type { OrderConfirmed } from '#contracts'

type Order = DataOf<typeof OrderConfirmed>
type Lines = NonNullable<Order['lines']>

/** The tax that the prices of a country include. */
export interface TaxRule {
  readonly name: string
  /** Hundredths of a percent. */
  readonly basisPoints: number
}

/** All that an invoice shows. Amounts are in the smallest unit of the currency. */
export interface Invoice {
  readonly number: string
  /** The day on which it was issued, such as 2030-01-31. */
  readonly issuedOn: string
  readonly orderId: string
  readonly email: string
  readonly currency: string
  readonly lines: Lines
  readonly billTo: NonNullable<Order['shipTo']>
  readonly total: number
  readonly tax: TaxRule & { readonly amount: number }
}

/** The tax that a total includes, rounded to the smallest unit of the currency, a half up. */
export function includedTax(total: number, { basisPoints }: TaxRule): number {
  // Exact: an amount that a message may carry, times a rate, has more digits than a number.
  const [numerator, denominator] = [BigInt(total) * BigInt(basisPoints), BigInt(10_000 + basisPoints)]
  return Number((2n * numerator + denominator) / (2n * denominator))
}

/** The sum of all lines, which the total of an invoice has to be. */
export function sumOf(lines: Lines): number {
  return lines.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0)
}

/** The number of an invoice as it is printed: `2030-000042`. */
export function printed(year: number, number: number): string {
  return `${year}-${String(number).padStart(6, '0')}`
}
