import { CancelShipment, ScheduleShipment, ShipmentCancelled, ShipmentRefused, ShipmentScheduled } from '#contracts'
import { handler, on, TooEarly } from 'warren'
import { deskCarrier, type Carrier } from './carrier.ts'

/**
 * Parcels: booked with a carrier, and cancelled again. The carrier knows a parcel by its order, so a command that comes again,
 * under whatever id, books nothing twice and is answered again.
 */
export const shipping = (carrier: Carrier) => [
  on(ScheduleShipment, [ShipmentScheduled, ShipmentRefused], {
    // Outside the transaction: may run again after a crash.
    call: ({ orderId, lines, shipTo }, { signal }) => carrier.book({ reference: orderId, lines, shipTo }, signal),

    // Inside the transaction: exactly once.
    async apply({ orderId, shipTo }, { db, result }) {
      if (!result.accepted) return ShipmentRefused({ orderId, reason: result.reason })
      await db.query(
        `insert into shipments (order_id, tracking_id, country, postal_code) values ($1, $2, $3, $4)
         on conflict (order_id) do nothing`,
        [orderId, result.trackingId, shipTo.country, shipTo.postalCode],
      )
      return ShipmentScheduled({ orderId, trackingId: result.trackingId })
    },
  }),

  on(CancelShipment, [ShipmentCancelled], {
    call: ({ trackingId }, { signal }) => carrier.cancel(trackingId, signal),

    async apply({ orderId, trackingId }, { db }) {
      const { rowCount } = await db.query(
        `update shipments set status = 'cancelled', version = version + (status = 'scheduled')::int, changed_at = now()
         where order_id = $1 and tracking_id = $2`,
        [orderId, trackingId],
      )
      if (rowCount === 0) throw new TooEarly(`shipping: order ${orderId} has no shipment ${trackingId} yet`)
      return ShipmentCancelled({ orderId, trackingId })
    },
  }),
]

export default handler({ subscriptions: shipping, ports: () => deskCarrier(), ownRowsOnly: true })
