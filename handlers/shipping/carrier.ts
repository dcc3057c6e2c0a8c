import { createHash } from 'node:crypto'

/** The port to the carrier. Booking the same reference again returns the same booking. */
export interface Carrier {
  /** A refusal is a result, not an error. */
  book(parcel: Parcel, signal: AbortSignal): Promise<Booking>
  /** Cancelling a cancelled booking has no effect. */
  cancel(trackingId: string, signal: AbortSignal): Promise<void>
}

export interface Parcel {
  reference: string
  lines: readonly { sku: string; quantity: number }[]
  shipTo: { postalCode: string; country: string }
}

export type Booking = { accepted: true; trackingId: string } | { accepted: false; reason: string }

/**
 * A stand-in without a network: it always gives the same answer and derives the tracking id from the reference. It does not deliver to
 * postal codes that begin with X. Its bookings are the table `shipments`.
 */
export function deskCarrier(): Carrier {
  return {
    async book({ reference, shipTo }) {
      if (shipTo.postalCode.startsWith('X')) {
        return { accepted: false, reason: `the carrier does not deliver to ${shipTo.postalCode}` }
      }
      const digest = createHash('sha256').update(reference).digest('hex')
      return { accepted: true, trackingId: `DESK-${digest.slice(0, 16).toUpperCase()}` }
    },
    async cancel() {},
  }
}
