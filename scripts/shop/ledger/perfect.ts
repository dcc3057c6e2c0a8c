import { cases, type CaseName } from '../load/cases.ts'
import type { Books } from './books.ts'

const line = { sku: 'PEN-1', quantity: 2 }
const price = 2_450
const orderOf = (number: number) => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`

/** The ids of the orders in `perfectBooks`, by what they are. */
export const sample = Object.fromEntries(Object.keys(cases).map((name, index) => [name, orderOf(index + 1)])) as Record<
  CaseName,
  string
>

/** For tests: books without a fault, one order of each kind. The customer's own cancellation came when the parcel was booked. */
export function perfectBooks(): Books {
  const names = Object.keys(cases) as CaseName[]
  const total = (name: CaseName) => (name === 'out of stock' ? 99_900 : 2 * price)
  const lines = (name: CaseName) => (name === 'out of stock' ? [{ sku: 'RARE-1', quantity: 1 }] : [line])
  const failsAt = (name: CaseName) =>
    ({ declined: 'payment', 'out of stock': 'stock', undeliverable: 'shipment', cancelled: 'cancel' })[name as string]

  const all = names.map((name) => ({
    name,
    id: sample[name],
    total: total(name),
    lines: lines(name),
    failsAt: failsAt(name),
  }))
  const good = all.filter((order) => !order.failsAt)
  const money = (order: (typeof all)[number]) => {
    const taken = order.failsAt ? 0 : order.total
    const status = order.failsAt === 'payment' ? 'declined' : order.failsAt ? 'voided' : 'captured'
    return { status, amount: order.total, captured: taken, refunded: 0 } as const
  }
  const asked = all.filter(({ failsAt }) => failsAt !== 'stock')
  const authorized = asked.filter(({ failsAt }) => failsAt !== 'payment')
  const shipped = good.length * line.quantity

  return {
    driver: {
      customers: ['load-1'],
      prices: { 'PEN-1': price, 'RARE-1': 99_900 },
      asked: all.map(({ name, id, total, lines }, index) => ({
        number: index + 1,
        case: name,
        lines,
        // The first request was repeated.
        accepted:
          index === 0
            ? [
                { orderId: id, total },
                { orderId: id, total },
              ]
            : [{ orderId: id, total }],
        refused: undefined,
      })),
    },
    orders: all.map(({ id, total, lines, failsAt }) => ({
      id,
      customer: 'load-1',
      status: failsAt ? 'cancelled' : 'confirmed',
      total,
      lines,
    })),
    sagas: all.map(({ id, failsAt }) => ({
      order: id,
      status: failsAt ? 'failed' : 'done',
      step: 'commit',
      started: true,
      failure: failsAt ? { step: failsAt, reason: 'as it had to be' } : undefined,
    })),
    stock: [
      { sku: 'PEN-1', received: 1_000, available: 1_000 - shipped, reserved: 0, shipped },
      { sku: 'RARE-1', received: 0, available: 0, reserved: 0, shipped: 0 },
    ],
    reservations: all.map(({ id, lines, failsAt }) => ({
      order: id,
      state: failsAt === 'stock' ? 'rejected' : failsAt ? 'released' : 'committed',
      lines: failsAt === 'stock' ? [] : lines,
    })),
    payments: authorized.map((order) => ({ order: order.id, authorization: `auth-${order.id}`, ...money(order) })),
    bank: asked.map((order) => ({ id: `auth-${order.id}`, order: order.id, ...money(order) })),
    shipments: [
      ...good.map(({ id }) => ({ order: id, status: 'scheduled' as const })),
      { order: sample.cancelled, status: 'cancelled' },
    ],
    mails: {
      confirmed: good.map(({ id }) => id),
      cancelled: all.filter(({ failsAt }) => failsAt).map(({ id }) => id),
      foreign: [],
      repeats: 3,
    },
    queues: Object.entries({ payments: true, 'payments.dead': false, 'wait.1s': true, unrouted: false }).map(
      ([name, drains]) => ({ name, drains, ready: 0, unacknowledged: 0 }),
    ),
    storage: {
      outbox: [],
      // Kept after a kill, though it has arrived.
      outputs: [{ handler: 'orders', id: 'output-1', type: 'payment.capture.v1' }],
      consumers: new Map([['payment.capture.v1', ['payments']]]),
      handled: new Map([['payments', new Set(['output-1'])]]),
      timers: [],
    },
  }
}
