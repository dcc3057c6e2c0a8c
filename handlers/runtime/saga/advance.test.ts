import * as z from 'zod'
import { event, type Message } from '../contract.ts'
import { given, timeIsUp } from '../testing/given.ts'
import {
  BookTrip,
  CancelTrip,
  PayTrip,
  ReserveSeat,
  SeatReserved,
  TripBooked,
  TripGoesOn,
  TripOff,
  TripPaid,
} from '../fixtures/trip.ts'
import { seatOnly, trip } from '../fixtures/trip.ts'
import { advance } from './advance.ts'
import { saga } from './builder.ts'
import type { Progress } from './saga.ts'

const noon = new Date('2030-01-01T12:00:00Z')
const after = (minutes: number) => new Date(noon.getTime() + minutes * 60_000)
const booked = BookTrip({ tripId: 'rome' })
const reserved = SeatReserved({ tripId: 'rome' })
const paid = TripPaid({ tripId: 'rome' })
const ring = trip.deadline({ tripId: 'rome' })

const inFlight = (...messages: Message[]) =>
  messages.reduce<Progress | undefined>(
    (progress, message) => advance(trip, progress, message, noon).progress,
    undefined,
  )!

describe('the deadline', () => {
  test('is set when the saga starts, under the name by which it is deleted when the saga ends', () => {
    expect(advance(trip, undefined, booked, noon).outputs.at(-1)).toEqual({
      due: after(10),
      name: 'trip:rome',
      message: ring,
    })
  })

  test('is moved by each step without a new timer', () => {
    const { progress, outputs } = advance(trip, inFlight(booked), reserved, after(9))

    expect(progress?.deadline).toEqual(after(19))
    expect(outputs).toEqual([PayTrip({ tripId: 'rome' })])
  })

  test('that fires too early waits until the time to which it was moved', () => {
    const moved = { ...inFlight(booked), deadline: after(19) }

    expect(advance(trip, moved, ring, after(10))).toEqual({
      progress: moved,
      outputs: [{ due: after(19), name: 'trip:rome', message: ring }],
    })
  })

  test('before the pivot undoes the steps that are done', () => {
    given(seatOnly, booked)
      .when(timeIsUp)
      .then(TripOff({ tripId: 'rome', reason: 'seat was not answered in time' }))
  })

  test('after the pivot sends the command again, sets itself again, and reports the saga as stuck', () => {
    const { progress, outputs, stuck } = advance(trip, inFlight(booked, reserved), ring, after(10))

    expect(progress).toMatchObject({ status: 'running', step: 'pay', deadline: after(20) })
    expect(outputs).toEqual([PayTrip({ tripId: 'rome' }), { due: after(20), name: 'trip:rome', message: ring }])
    expect(stuck).toBe(true)
  })

  test('of a saga that has ended or never existed changes nothing', () => {
    given(trip, booked, reserved, paid).when(timeIsUp).then()
    expect(advance(trip, undefined, ring, noon)).toEqual({ progress: undefined, outputs: [] })
  })
})

test('without a pivot a saga can be cancelled until its last answer, but not after it', () => {
  given(seatOnly, booked)
    .when(CancelTrip({ tripId: 'rome', reason: 'ill' }))
    .then(TripOff({ tripId: 'rome', reason: 'ill' }))
  given(seatOnly, booked, reserved)
    .when(CancelTrip({ tripId: 'rome', reason: 'ill' }))
    .then(TripGoesOn({ tripId: 'rome', reason: 'done seat' }))
})

test('two cancellations that arrive before their saga end it once', () => {
  const cancel = CancelTrip({ tripId: 'rome', reason: 'ill' })
  given(trip, cancel, cancel)
    .when(booked)
    .then(TripOff({ tripId: 'rome', reason: 'ill' }))
})

test('sagas in flight continue by the name of their step, whatever was inserted before it', () => {
  const paying = inFlight(booked, reserved)
  const VisaGiven = event('visa.given.v1', { tripId: z.string() })
  const longer = saga(BookTrip, [ReserveSeat, PayTrip, TripBooked], { name: 'trip', key: 'tripId' })
    .step('visa', { send: ({ tripId }) => ReserveSeat({ tripId }), done: VisaGiven })
    .step('seat', { send: ({ tripId }) => ReserveSeat({ tripId }), done: SeatReserved })
    .step('pay', { send: ({ tripId }) => PayTrip({ tripId }), done: TripPaid, pivot: true })
    .onDone(({ tripId }) => TripBooked({ tripId }))
    .onFailed(() => undefined)

  expect(advance(longer, paying, paid, noon)).toMatchObject({
    progress: { status: 'done' },
    outputs: [TripBooked({ tripId: 'rome' })],
  })
})

test('a message that changes nothing returns the same progress, so that nothing is written', () => {
  const progress = inFlight(booked)
  expect(advance(trip, progress, booked, noon).progress).toBe(progress)
  expect(advance(trip, progress, paid, noon).progress).toBe(progress)
})

test('each move increments the version', () => {
  expect(inFlight(booked, reserved, reserved, paid).version).toBe(3)
})

test('a message that the saga does not wait for is an error', () => {
  expect(() => advance(trip, undefined, TripBooked({ tripId: 'rome' }), noon)).toThrow(
    'saga trip does not wait for trip.booked.v1',
  )
})
