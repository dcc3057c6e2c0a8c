import * as z from 'zod'
import { command, event } from '../contract.ts'
import { saga } from '../saga/definition.ts'

const tripId = z.string()
const reason = z.string()

export const BookTrip = command('trip.book.v1', { tripId })
export const CancelTrip = command('trip.cancel.v1', { tripId, reason })
export const TripBooked = event('trip.booked.v1', { tripId })
export const TripOff = event('trip.off.v1', { tripId, reason })
export const TripGoesOn = event('trip.goes_on.v1', { tripId, reason })
export const ReserveSeat = command('seat.reserve.v1', { tripId })
export const FreeSeat = command('seat.free.v1', { tripId })
export const SeatReserved = event('seat.reserved.v1', { tripId })
export const SeatRefused = event('seat.refused.v1', { tripId, reason })
export const PayTrip = command('trip.pay.v1', { tripId })
export const TripPaid = event('trip.paid.v1', { tripId })

const outputs = [TripBooked, TripOff, TripGoesOn, ReserveSeat, FreeSeat, PayTrip] as const

const reserved = saga(BookTrip, outputs, { name: 'trip', key: 'tripId', within: '10m' })
  .step('seat', {
    send: ({ tripId }) => ReserveSeat({ tripId }),
    done: SeatReserved,
    failed: SeatRefused,
    undo: ({ tripId }) => FreeSeat({ tripId }),
  })
  .cancel(CancelTrip, {
    refused: ({ tripId }, { status, step }) => TripGoesOn({ tripId, reason: `${status} ${step}` }),
  })

/** A small saga for tests of the engine: a seat, then the money, which is the pivot. */
export const trip = reserved
  .step('pay', { send: ({ tripId }) => PayTrip({ tripId }), done: TripPaid, pivot: true })
  .onDone(({ tripId }) => TripBooked({ tripId }))
  .onFailed(({ tripId }, { reason }) => TripOff({ tripId, reason }))

/** The seat alone: it has no pivot, and rows that stand on `pay` cannot go on with it. */
export const seatOnly = reserved
  .onDone(({ tripId }) => TripBooked({ tripId }))
  .onFailed(({ tripId }, { reason }) => TripOff({ tripId, reason }))
