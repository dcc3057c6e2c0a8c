import { milestones, type Status } from './milestones.ts'
import { waits } from './waiting.ts'

const createdAt = new Date('2026-03-10T12:00:00.000Z')
/** Each message a second after the one before it. */
const after = (...types: string[]) =>
  types.map((type, index) => ({ type, at: new Date(+createdAt + (index + 1) * 1_000).toISOString() }))
const waiting = (status: Status, ...types: string[]) => waits({ status, createdAt, timeline: after(...types) })

test('an order waits for the step after the last one that was done, since it was', () => {
  expect(waiting('received')).toEqual({ step: 'order', since: '2026-03-10T12:00:00.000Z' })
  expect(waiting('processing', 'order.created.v1', 'stock.reserved.v1')).toEqual({
    step: 'payment',
    since: '2026-03-10T12:00:02.000Z',
  })
})

test('events that arrive in another order lead to the same step', () => {
  expect(waiting('processing', 'payment.authorized.v1', 'stock.reserved.v1', 'order.created.v1')).toMatchObject({
    step: 'shipment',
    since: '2026-03-10T12:00:01.000Z',
  })
})

test('every milestone of an order in process has a next step', () => {
  const next = milestones.filter(({ status }) => status === 'processing').map((each) => each.next)
  expect(next).toEqual(['stock', 'payment', 'shipment', 'capture', 'commit', 'confirmation'])
})

test('once its cancellation is requested, an order waits for that, until it is refused', () => {
  expect(waiting('processing', 'order.created.v1', 'order.cancel.v1')).toMatchObject({
    step: 'cancellation',
    since: '2026-03-10T12:00:02.000Z',
  })
  expect(
    waiting('processing', 'shipment.scheduled.v1', 'order.cancel.v1', 'order.cancellation_refused.v1'),
  ).toMatchObject({ step: 'capture', since: '2026-03-10T12:00:01.000Z' })
})

test('a refused step leads to the cancellation, and an order that has ended waits for nothing', () => {
  expect(waiting('cancelling', 'stock.reserved.v1', 'payment.declined.v1')).toMatchObject({ step: 'cancellation' })
  expect(waiting('confirmed', 'order.confirmed.v1')).toBeUndefined()
  expect(waiting('cancelled', 'order.cancelled.v1')).toBeUndefined()
})
