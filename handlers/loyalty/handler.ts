import { OrderCancelled, OrderConfirmed, PaymentRefunded, ReadPoints } from '#contracts'
import { answer, handler, on, TooEarly, type Db } from 'warren'
import { decide } from './decide.ts'
import type { PointsCommand } from './points.ts'
import { append, customerOf, load } from './store.ts'

/**
 * Points for what customers have bought: one for each whole unit of an order's currency, taken back when the order is cancelled or paid
 * back. They are event-sourced: `decide` and `evolve` are pure, and what they decide is appended in the transaction of the message.
 */
export const loyalty = () => [
  on(OrderConfirmed, ({ customerId, orderId, total }, { db }) =>
    handle(db, customerId, { kind: 'confirmed', orderId, total }),
  ),

  on(OrderCancelled, ({ customerId, orderId }, { db }) => handle(db, customerId, { kind: 'cancelled', orderId })),

  // It does not name its customer, so it waits for the order's confirmation if it has overtaken it.
  on(PaymentRefunded, async ({ orderId, amount }, { db }) => {
    const customerId = await customerOf(db, orderId)
    if (customerId === undefined) throw new TooEarly(`loyalty: order ${orderId} has not earned points yet`)
    await handle(db, customerId, { kind: 'refunded', orderId, amount })
  }),

  answer(ReadPoints, async ({ customerId }, { read }) => {
    const { rows } = await read<{ points: string }>('select points from customers where customer_id = $1', [customerId])
    return { points: Number(rows[0]?.points ?? 0) }
  }),
]

async function handle(db: Db, customerId: string, command: PointsCommand): Promise<void> {
  const loaded = await load(db, customerId, command.orderId)
  const events = decide(command, loaded.state)
  if (events.length > 0) await append(db, customerId, loaded, events)
}

export default handler({ subscriptions: loyalty })
