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
import { given, timeIsUp } from 'warren/testing'
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

const ordered = lines.map((line) => ({ ...line, unitPrice: 1_000 }))

const placed = PlaceOrder({
  ...order,
  lines: ordered,
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

describe('an order that succeeds', () => {
  test('is announced, and its stock is requested', () => {
    given(checkout)
      .when(placed)
      .then(OrderCreated({ ...order, country: 'US' }), ReserveStock({ orderId, lines }))
  })

  test('is paid for once its stock is reserved', () => {
    given(checkout, placed)
      .when(reserved)
      .then(AuthorizePayment({ orderId, amount: 3_397, currency: 'USD', card: 'tok_visa' }))
  })

  test('goes to the carrier once its payment is authorized', () => {
    given(checkout, placed, reserved).when(authorized).then(ScheduleShipment({ orderId, lines, shipTo }))
  })

  test('is charged after every step that can fail', () => {
    given(checkout, placed, reserved, authorized)
      .when(scheduled)
      .then(CapturePayment({ orderId, authorizationId, amount: 3_397 }))
  })

  test('commits its stock once its payment is captured', () => {
    given(checkout, placed, reserved, authorized, scheduled).when(captured).then(CommitStock({ orderId }))
  })

  test('is confirmed with its tracking id', () => {
    given(checkout, placed, reserved, authorized, scheduled, captured)
      .when(committed)
      .then(OrderConfirmed({ ...order, trackingId, lines: ordered, shipTo }))
  })
})

describe('an order that fails', () => {
  test('has nothing to undo if its stock is rejected', () => {
    given(checkout, placed).when(rejected).then(cancelled('stock', 'no more TEA'))
  })

  test('releases the stock if the card is declined', () => {
    given(checkout, placed, reserved).when(declined).then(release, cancelled('payment', 'insufficient funds'))
  })

  test('voids the payment and then releases the stock if the carrier refuses: compensation runs backwards', () => {
    given(checkout, placed, reserved, authorized)
      .when(refused)
      .then(voided, release, cancelled('shipment', 'no route to Springfield'))
  })

  test('fails at the deadline if a participant never answers, and names the step', () => {
    given(checkout, placed, reserved)
      .when(timeIsUp)
      .then(release, cancelled('deadline', 'payment was not answered in time'))
  })

  test('undoes a reply that arrives after the deadline', () => {
    given(checkout, placed, reserved, timeIsUp).when(authorized).then(voided)
  })

  test('undoes a late reply only once, however often it arrives', () => {
    given(checkout, placed, reserved, timeIsUp, authorized).when(authorized).then()
  })

  test('has nothing to undo after a late refusal', () => {
    given(checkout, placed, reserved, timeIsUp).when(declined).then()
  })

  test('does not repeat a compensation for a duplicate reply', () => {
    given(checkout, placed, reserved, declined).when(reserved).then()
  })
})

describe('an order that its customer cancels', () => {
  test('undoes everything before the card is charged', () => {
    given(checkout, placed, reserved, authorized)
      .when(cancel)
      .then(voided, release, cancelled('cancel', 'changed my mind'))
  })

  test('cancels a shipment that was being scheduled at that time', () => {
    given(checkout, placed, reserved, authorized, cancel).when(scheduled).then(sentBack)
  })

  test('refuses the cancellation once the card is being charged', () => {
    given(checkout, placed, reserved, authorized, scheduled)
      .when(cancel)
      .then(OrderCancellationRefused({ orderId, reason: 'the card is already being charged' }))
  })

  test('still succeeds after a refused cancellation', () => {
    given(checkout, placed, reserved, authorized, scheduled, cancel).when(captured).then(CommitStock({ orderId }))
  })

  test('stays confirmed if it was already confirmed', () => {
    given(checkout, placed, reserved, authorized, scheduled, captured, committed)
      .when(cancel)
      .then(OrderCancellationRefused({ orderId, reason: 'the order is already confirmed' }))
  })

  test('cannot be cancelled again', () => {
    given(checkout, placed, rejected)
      .when(cancel)
      .then(OrderCancellationRefused({ orderId, reason: 'the order is already cancelled' }))
  })

  test('is cancelled even if the cancellation overtakes the order', () => {
    given(checkout).when(cancel).then()
    given(checkout, cancel)
      .when(placed)
      .then(OrderCreated({ ...order, country: 'US' }), cancelled('cancel', 'changed my mind'))
  })
})

describe('an order whose payment is being captured', () => {
  test('keeps sending the capture if the reply does not arrive', () => {
    given(checkout, placed, reserved, authorized, scheduled)
      .when(timeIsUp)
      .then(CapturePayment({ orderId, authorizationId, amount: 3_397 }))
  })

  test('keeps sending the stock commit, and no longer the capture', () => {
    given(checkout, placed, reserved, authorized, scheduled, captured, timeIsUp)
      .when(timeIsUp)
      .then(CommitStock({ orderId }))
  })
})

describe('an order that receives a message twice', () => {
  test.each([
    ['that it was placed', [placed], placed],
    ['stock reserved', [placed, reserved], reserved],
    ['payment authorized', [placed, reserved, authorized], authorized],
    ['stock committed', [placed, reserved, authorized, scheduled, captured, committed], committed],
    ['card declined', [placed, reserved, declined], declined],
  ])('%s: has no further effect', (_, history, again) => {
    given(checkout, ...history)
      .when(again)
      .then()
  })

  test('a refusal of a completed step comes too late', () => {
    given(checkout, placed, reserved).when(rejected).then()
  })

  test('a reply to a step that was never sent is ignored', () => {
    given(checkout, placed).when(captured).then()
    given(checkout).when(reserved).then()
  })
})
