import type { Line } from '../load/cases.ts'
import type { DriverBook } from '../load/driver-book.ts'

/** All records of a shop, in its own databases and outside of it. Money is in cents; ids are order ids unless stated otherwise. */
export interface Books {
  readonly driver: DriverBook
  readonly orders: readonly Order[]
  readonly sagas: readonly Saga[]
  readonly stock: readonly Stock[]
  readonly reservations: readonly Reservation[]
  readonly payments: readonly Payment[]
  readonly bank: readonly Authorization[]
  readonly shipments: readonly Shipment[]
  readonly mails: Mails
  readonly queues: readonly Queue[]
  readonly storage: Storage
}

/** As the gateway shows it to the customer. */
export interface Order {
  readonly id: string
  readonly customer: string
  readonly status: string
  readonly total: number
  readonly lines: readonly Line[]
}

/** As the handler `orders` decided it. */
export interface Saga {
  readonly order: string
  readonly status: 'running' | 'done' | 'failed'
  readonly step: string
  /** A cancellation may come before the order itself. */
  readonly started: boolean
  readonly failure: { readonly step: string; readonly reason: string } | undefined
}

export interface Stock {
  readonly sku: string
  readonly received: number
  readonly available: number
  readonly reserved: number
  readonly shipped: number
}

export interface Reservation {
  readonly order: string
  readonly state: 'reserved' | 'rejected' | 'released' | 'committed'
  readonly lines: readonly Line[]
}

export interface Payment {
  readonly order: string
  readonly authorization: string
  readonly status: string
  readonly amount: number
  readonly captured: number
  readonly refunded: number
}

/** A line of the bank's own book. */
export interface Authorization {
  readonly id: string
  readonly order: string
  readonly status: 'authorized' | 'declined' | 'captured' | 'voided' | 'refunded'
  readonly amount: number
  readonly captured: number
  readonly refunded: number
}

export interface Shipment {
  readonly order: string
  readonly status: 'scheduled' | 'cancelled'
}

/** By Message-ID; repeated mails are counted apart. */
export interface Mails {
  readonly confirmed: readonly string[]
  readonly cancelled: readonly string[]
  /** Message-IDs that are not the shop's. */
  readonly foreign: readonly string[]
  readonly repeats: number
}

export interface Queue {
  readonly name: string
  /** Whether it empties by itself. Messages in the other queues wait for the operator. */
  readonly drains: boolean
  readonly ready: number
  readonly unacknowledged: number
}

/** Rows that the runtime keeps in the handlers' databases until their work is done. */
export interface Storage {
  /** Submitted messages that are not confirmed. */
  readonly outbox: readonly { readonly handler: string; readonly id: string; readonly type: string }[]
  /** Outputs in the inbox of their handler: kept until they are confirmed, emptied later. */
  readonly outputs: readonly { readonly handler: string; readonly id: string; readonly type: string }[]
  /** The handlers with an inbox that receive a type. */
  readonly consumers: ReadonlyMap<string, readonly string[]>
  /** Which of the ids in `outputs` the inbox of a handler knows. */
  readonly handled: ReadonlyMap<string, ReadonlySet<string>>
  readonly timers: readonly { readonly handler: string; readonly name: string | undefined; readonly overdue: boolean }[]
}
