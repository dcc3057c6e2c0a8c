import {
  AuthorizePayment,
  CancelOrder,
  CancelShipment,
  CapturePayment,
  CommitStock,
  OrderCancellationRefused,
  OrderCancelled,
  OrderConfirmed,
  OrderCreated,
  PaymentAuthorized,
  PaymentCaptured,
  PaymentDeclined,
  PlaceOrder,
  ReleaseStock,
  ReserveStock,
  ScheduleShipment,
  ShipmentRefused,
  ShipmentScheduled,
  StockCommitted,
  StockRejected,
  StockReserved,
  VoidPayment,
} from '#contracts'
import { saga, type DataOf } from 'warren'

type Order = DataOf<typeof PlaceOrder>

const announced = [OrderCreated, OrderConfirmed, OrderCancelled, OrderCancellationRefused] as const
const asked = [ReserveStock, AuthorizePayment, ScheduleShipment, CapturePayment, CommitStock] as const
const undone = [ReleaseStock, VoidPayment, CancelShipment] as const

/**
 * From a placed order to a shipped parcel or, if a step fails, back to the start. The card is charged after every step that can fail:
 * from the capture on, the order can only succeed.
 */
export const checkout = saga(PlaceOrder, [...announced, ...asked, ...undone], {
  name: 'checkout',
  key: 'orderId',
  within: '30m',
})
  .started((order) => OrderCreated({ ...inShort(order), country: order.shipTo.country }))

  .step('stock', {
    send: ({ orderId, lines }) =>
      ReserveStock({ orderId, lines: lines.map(({ sku, quantity }) => ({ sku, quantity })) }),
    done: StockReserved,
    failed: StockRejected,
    undo: ({ orderId }) => ReleaseStock({ orderId }),
  })

  .step('payment', {
    send: ({ orderId, total, currency, card }) => AuthorizePayment({ orderId, amount: total, currency, card }),
    done: PaymentAuthorized,
    failed: PaymentDeclined,
    undo: ({ orderId }, { payment }) => VoidPayment({ orderId, authorizationId: payment.authorizationId }),
  })

  .step('shipment', {
    send: ({ orderId, lines, shipTo }) =>
      ScheduleShipment({ orderId, lines: lines.map(({ sku, quantity }) => ({ sku, quantity })), shipTo }),
    done: ShipmentScheduled,
    failed: ShipmentRefused,
    undo: ({ orderId }, { shipment }) => CancelShipment({ orderId, trackingId: shipment.trackingId }),
  })

  .step('capture', {
    send: ({ orderId, total }, { payment }) =>
      CapturePayment({ orderId, authorizationId: payment.authorizationId, amount: total }),
    done: PaymentCaptured,
    pivot: true,
  })

  .step('commit', {
    send: ({ orderId }) => CommitStock({ orderId }),
    done: StockCommitted,
  })

  .cancel(CancelOrder, {
    refused: ({ orderId }, { status }) => OrderCancellationRefused({ orderId, reason: tooLate[status] }),
  })

  .onDone((order, { shipment }) =>
    OrderConfirmed({
      ...inShort(order),
      trackingId: shipment.trackingId,
      lines: order.lines,
      shipTo: order.shipTo,
    }),
  )
  .onFailed((order, { step, reason }) => OrderCancelled({ ...inShort(order), step, reason }))

const tooLate = {
  running: 'the card is already being charged',
  done: 'the order is already confirmed',
  failed: 'the order is already cancelled',
}

function inShort({ orderId, customerId, email, currency, total }: Order) {
  return { orderId, customerId, email, currency, total }
}
