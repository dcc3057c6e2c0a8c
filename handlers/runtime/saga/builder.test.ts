import * as z from 'zod'
import { command, event } from '../contract.ts'
import { saga } from './builder.ts'

const tripId = z.string()
const BookTrip = command('trip.book.v1', { tripId, city: z.string() })
const CancelTrip = command('trip.cancel.v1', { tripId, reason: z.string() })
const TripBooked = event('trip.booked.v1', { tripId, seat: z.int() })
const TripOff = event('trip.off.v1', { tripId, reason: z.string() })
const ReserveSeat = command('seat.reserve.v1', { tripId })
const FreeSeat = command('seat.free.v1', { tripId, seat: z.int() })
const SeatReserved = event('seat.reserved.v1', { tripId, seat: z.int() })
const SeatRefused = event('seat.refused.v1', { tripId, reason: z.string() })
const PayTrip = command('trip.pay.v1', { tripId, seat: z.int() })
const TripPaid = event('trip.paid.v1', { tripId })
const PayRefused = event('trip.pay_refused.v1', { tripId, reason: z.string() })
const Stranger = event('stranger.seen.v1', { name: z.string() })
const Unnamed = event('trip.unnamed.v1', { tripId })

const trip = () =>
  saga(BookTrip, [TripBooked, TripOff, ReserveSeat, FreeSeat, PayTrip], { name: 'trip', key: 'tripId', within: '30m' })
const send = ({ tripId }: { tripId: string }) => ReserveSeat({ tripId })
const off = ({ tripId }: { tripId: string }, { reason }: { reason: string }) => TripOff({ tripId, reason })
const seat = { send, done: SeatReserved, failed: SeatRefused }
const pay = { send, done: TripPaid }

test('a step can use earlier answers, its undo also its own answer, and nothing else compiles', () => {
  trip()
    .step('seat', {
      // @ts-expect-error no answer has arrived yet
      send: ({ tripId }, { seat }) => PayTrip({ tripId, seat: seat?.seat ?? 1 }),
      done: SeatReserved,
      undo: ({ tripId }, { seat }) => FreeSeat({ tripId, seat: seat.seat }),
    })
    .step('pay', {
      send: ({ tripId }, { seat }) => PayTrip({ tripId, seat: seat.seat }),
      done: TripPaid,
      // @ts-expect-error this step comes later
      undo: ({ tripId }, { later }) => FreeSeat({ tripId, seat: Number(later) }),
    })
    // @ts-expect-error its answer has no such field
    .onDone(({ tripId }, { pay }) => TripBooked({ tripId, seat: pay.seat ?? 1 }))
    // @ts-expect-error in a failed saga the answer may be missing
    .onFailed(({ tripId }, { reason }, { seat }) => TripOff({ tripId, reason: `${reason} ${seat.seat}` }))
})

test('a message that the saga does not list does not compile, nor does an answer without the saga’s key', () => {
  const flow = trip()
  // @ts-expect-error the list of outputs does not name it
  flow.started(({ tripId }) => Unnamed({ tripId }))
  // @ts-expect-error a step sends one message
  flow.step('seat', { send: () => undefined, done: SeatReserved })
  // @ts-expect-error a failure must have a reason
  flow.step('seat', { send, done: SeatReserved, failed: TripPaid })
  // @ts-expect-error the name is reserved for failures without a step
  expect(() => flow.step('cancel', seat).onDone(none).onFailed(off)).toThrow('no step can be named cancel')
  // @ts-expect-error the answer has no tripId
  expect(() => flow.step('seat', { send, done: Stranger }).onDone(none).onFailed(off)).toThrow(
    'saga trip: stranger.seen.v1 has no field tripId, which identifies its saga',
  )
  // @ts-expect-error there is no such field
  saga(BookTrip, [], { name: 'trip', key: 'orderId' })
})

const none = () => undefined

test.each<[string, () => unknown, string]>([
  [
    'no step',
    () => trip().onDone(none).onFailed(off),
    'it has no step: write at least one .step(name, { send, done })',
  ],
  [
    'an invalid step name',
    () => trip().step('the seat', seat).onDone(none).onFailed(off),
    '"the seat" cannot name a step: up to 32 letters and digits, a lower-case letter first',
  ],
  [
    'two steps with the same name',
    // @ts-expect-error the types refuse it as well
    () => trip().step('seat', seat).step('seat', pay).onDone(none).onFailed(off),
    'two steps are named seat',
  ],
  [
    'a pivot that can fail',
    () =>
      trip()
        .step('pay', { ...pay, failed: PayRefused, pivot: true })
        .onDone(none)
        .onFailed(off),
    'pay is the pivot and can only succeed: drop its failed, or move the pivot after it',
  ],
  [
    'a step after the pivot that can fail',
    () =>
      trip()
        .step('pay', { ...pay, pivot: true })
        .step('seat', seat)
        .onDone(none)
        .onFailed(off),
    'seat comes after the pivot pay and can only succeed: drop its failed, or move the pivot after it',
  ],
  [
    'a step after the pivot that is undone',
    () =>
      trip()
        .step('pay', { ...pay, pivot: true })
        .step('seat', { send, done: SeatReserved, undo: ({ tripId }) => FreeSeat({ tripId, seat: 1 }) })
        .onDone(none)
        .onFailed(off),
    'seat comes after the pivot pay and is never undone: drop its undo, or move the pivot after it',
  ],
  [
    'two pivots',
    () =>
      trip()
        .step('pay', { ...pay, pivot: true })
        .step('seat', { send, done: SeatReserved, pivot: true })
        .onDone(none)
        .onFailed(off),
    'pay and seat cannot both be the pivot',
  ],
  [
    'one answer for two steps',
    () => trip().step('seat', seat).step('again', seat).onDone(none).onFailed(off),
    'seat.reserved.v1 cannot have two meanings: give each answer a contract of its own',
  ],
  [
    'a cancellation that is an answer as well',
    () => trip().step('seat', seat).cancel(SeatRefused, { refused: none }).onDone(none).onFailed(off),
    'seat.refused.v1 cannot have two meanings: give each answer a contract of its own',
  ],
])('a saga with %s is refused at its definition', (_, write, sentence) => {
  expect(write).toThrow(new TypeError(`saga trip: ${sentence}`))
})

test('a saga knows the role of each of its messages', () => {
  const whole = trip().step('seat', seat).cancel(CancelTrip, { refused: none }).onDone(none).onFailed(off)

  expect([...whole.roles].map(([type, { is }]) => `${type} ${is}`)).toEqual([
    'trip.book.v1 start',
    'trip.cancel.v1 cancel',
    'trip.deadline.v1 deadline',
    'seat.reserved.v1 done',
    'seat.refused.v1 failed',
  ])
})
