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
import { given, timeIsUp } from '#runtime/testing'
import { checkout } from './checkout.ts'

const orderId = '5f0c2f3e-54a1-4b8e-9a27-1d1a1f8a7c01'
const authorizationId = 'auth_1'
const trackingId = 'track_1'
const shipTo = { name: 'Jane Doe', street: '1 Main Street', city: 'Springfield', postalCode: '12345', country: 'US' }
const order = { orderId, customerId: 'jane', email: 'jane@example.com', currency: 'USD', total: 3_397 } as const
const lines = [
  { sku: 'MUG-BLUE', quantity: 2 },
  { sku: 'TEA', quantity: 1 },
]

const placed = PlaceOrder({
  ...order,
  lines: lines.map((line) => ({ ...line, unitPrice: 1_000 })),
  card: 'tok_visa',
  shipTo,
})
const reserved = StockReserved({ orderId })
const rejected = StockRejected({ orderId, reason: 'no more TEA' })
const authorized = PaymentAuthorized({ orderId, authorizationId })
const declined = PaymentDeclined({ orderId, reason: 'insufficient funds' })
const scheduled = ShipmentScheduled({ orderId, trackingId })
const refused = ShipmentRefused({ orderId, reason: 'no route to Springfield' })
const captured = PaymentCaptured({ orderId, authorizationId, amount: 3_397 })
const committed = StockCommitted({ orderId })
const cancel = CancelOrder({ orderId, reason: 'changed my mind' })

const release = ReleaseStock({ orderId })
const voided = VoidPayment({ orderId, authorizationId })
const sentBack = CancelShipment({ orderId, trackingId })
const cancelled = (step: string, reason: string) => OrderCancelled({ ...order, step, reason })

describe('an order that goes through', () => {
  test('is announced, and its stock reserved', () => {
    given(checkout)
      .when(placed)
      .then(OrderCreated({ ...order, country: 'US' }), ReserveStock({ orderId, lines }))
  })

  test('is paid for when the stock is there', () => {
    given(checkout, placed)
      .when(reserved)
      .then(AuthorizePayment({ orderId, amount: 3_397, currency: 'USD', card: 'tok_visa' }))
  })

  test('is handed to the carrier when the card is good', () => {
    given(checkout, placed, reserved).when(authorized).then(ScheduleShipment({ orderId, lines, shipTo }))
  })

  test('is charged last of all that can fail', () => {
    given(checkout, placed, reserved, authorized)
      .when(scheduled)
      .then(CapturePayment({ orderId, authorizationId, amount: 3_397 }))
  })

  test('takes its stock once the money is there', () => {
    given(checkout, placed, reserved, authorized, scheduled).when(captured).then(CommitStock({ orderId }))
  })

  test('is confirmed with its tracking id', () => {
    given(checkout, placed, reserved, authorized, scheduled, captured)
      .when(committed)
      .then(OrderConfirmed({ ...order, trackingId }))
  })
})

describe('an order that fails', () => {
  test('without stock there is nothing to undo', () => {
    given(checkout, placed).when(rejected).then(cancelled('stock', 'no more TEA'))
  })

  test('a declined card releases the stock', () => {
    given(checkout, placed, reserved).when(declined).then(release, cancelled('payment', 'insufficient funds'))
  })

  test('a carrier that refuses voids the payment, then releases the stock: undo runs backwards', () => {
    given(checkout, placed, reserved, authorized)
      .when(refused)
      .then(voided, release, cancelled('shipment', 'no route to Springfield'))
  })

  test('a participant that never answers is given up, and named', () => {
    given(checkout, placed, reserved)
      .when(timeIsUp)
      .then(release, cancelled('deadline', 'payment was not answered in time'))
  })

  test('the answer of one that was given up is undone when it comes', () => {
    given(checkout, placed, reserved, timeIsUp).when(authorized).then(voided)
  })

  test('and only once, however often it comes', () => {
    given(checkout, placed, reserved, timeIsUp, authorized).when(authorized).then()
  })

  test('a late refusal leaves nothing to undo', () => {
    given(checkout, placed, reserved, timeIsUp).when(declined).then()
  })

  test('an answer that was undone already is not undone again by a duplicate', () => {
    given(checkout, placed, reserved, declined).when(reserved).then()
  })
})

describe('an order that its customer cancels', () => {
  test('before the card is charged, everything is undone', () => {
    given(checkout, placed, reserved, authorized)
      .when(cancel)
      .then(voided, release, cancelled('cancel', 'changed my mind'))
  })

  test('the parcel that was being ordered meanwhile is sent back', () => {
    given(checkout, placed, reserved, authorized, cancel).when(scheduled).then(sentBack)
  })

  test('once the card is being charged, it is refused', () => {
    given(checkout, placed, reserved, authorized, scheduled)
      .when(cancel)
      .then(OrderCancellationRefused({ orderId, reason: 'the card is being charged already' }))
  })

  test('and the order goes through all the same', () => {
    given(checkout, placed, reserved, authorized, scheduled, cancel).when(captured).then(CommitStock({ orderId }))
  })

  test('a confirmed order stays confirmed', () => {
    given(checkout, placed, reserved, authorized, scheduled, captured, committed)
      .when(cancel)
      .then(OrderCancellationRefused({ orderId, reason: 'the order is confirmed already' }))
  })

  test('a cancelled order cannot be cancelled again', () => {
    given(checkout, placed, rejected)
      .when(cancel)
      .then(OrderCancellationRefused({ orderId, reason: 'the order is cancelled already' }))
  })

  test('a cancellation that overtakes its order waits for it', () => {
    given(checkout).when(cancel).then()
    given(checkout, cancel)
      .when(placed)
      .then(OrderCreated({ ...order, country: 'US' }), cancelled('cancel', 'changed my mind'))
  })
})

describe('an order whose money is taken', () => {
  test('keeps asking the bank when the answer does not come', () => {
    given(checkout, placed, reserved, authorized, scheduled)
      .when(timeIsUp)
      .then(CapturePayment({ orderId, authorizationId, amount: 3_397 }))
  })

  test('keeps asking the warehouse, and the bank no more', () => {
    given(checkout, placed, reserved, authorized, scheduled, captured, timeIsUp)
      .when(timeIsUp)
      .then(CommitStock({ orderId }))
  })
})

describe('an order that is told something twice', () => {
  test.each([
    ['that it was placed', [placed], placed],
    ['that its stock is reserved', [placed, reserved], reserved],
    ['that its card is good', [placed, reserved, authorized], authorized],
    ['that it is confirmed', [placed, reserved, authorized, scheduled, captured, committed], committed],
    ['that its card was declined', [placed, reserved, declined], declined],
  ])('%s: does nothing more', (_, history, again) => {
    given(checkout, ...history)
      .when(again)
      .then()
  })

  test('a refusal of a step that is done already comes too late', () => {
    given(checkout, placed, reserved).when(rejected).then()
  })

  test('an answer to a step that was never sent is nobody’s', () => {
    given(checkout, placed).when(captured).then()
    given(checkout).when(reserved).then()
  })
})
