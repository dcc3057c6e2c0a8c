import { createHash } from 'node:crypto'

/** Who takes the parcels, as this handler needs it. Booking the same reference again is the same booking. */
export interface Carrier {
  /** A refusal is an answer. */
  book(parcel: Parcel, signal: AbortSignal): Promise<Booking>
  /** Cancelling what is cancelled already is fine. */
  cancel(trackingId: string, signal: AbortSignal): Promise<void>
}

export interface Parcel {
  reference: string
  lines: readonly { sku: string; quantity: number }[]
  shipTo: { postalCode: string; country: string }
}

export type Booking = { accepted: true; trackingId: string } | { accepted: false; reason: string }

/**
 * A stand-in that works from its desk: no network, the same answer each time, the tracking id made from the reference.
 * It does not deliver to postal codes that begin with X. Its book is the table `shipments`.
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
