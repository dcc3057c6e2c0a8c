/** One line of an order. */
export interface Line {
  readonly sku: string
  readonly quantity: number
}

/** One kind of order, and how it must end. */
interface Case {
  /** Of a hundred orders. */
  readonly share: number
  readonly card: string
  /** Instead of the lines that follow from the order's number. */
  readonly lines?: readonly Line[]
  readonly postalCode?: string
  /** The customer cancels as soon as the order is accepted. */
  readonly cancel?: true
  /** `confirmed`, or the step at which it is cancelled. */
  readonly ends: readonly string[]
}

/** The mix of a load: most orders succeed, and every way to fail occurs. The shares add up to 100. */
export const cases = {
  approved: { share: 74, card: 'tok_visa', ends: ['confirmed'] },
  declined: { share: 8, card: 'tok_declined', ends: ['payment'] },
  'out of stock': { share: 5, card: 'tok_visa', lines: [{ sku: 'RARE-1', quantity: 1 }], ends: ['stock'] },
  undeliverable: { share: 5, card: 'tok_visa', postalCode: 'X1 2YZ', ends: ['shipment'] },
  cancelled: { share: 5, card: 'tok_visa', cancel: true, ends: ['cancel', 'confirmed'] },
  'slow bank': { share: 1, card: 'tok_slow', ends: ['confirmed'] },
  'flaky bank': { share: 2, card: 'tok_flaky', ends: ['confirmed'] },
} as const satisfies Record<string, Case>

export type CaseName = keyof typeof cases
