import { OrderCancelled, OrderConfirmed, OrderCreated } from '#contracts'
import { handler, on, Reject, type Db } from 'warren'
import { regionOf } from './regions.ts'

/**
 * The pick lists of the warehouses: an order waits in the list of its region from its creation on, is ready when it is confirmed, and
 * leaves the list when it is cancelled. By the routing key of `order.created.v1`, only orders of these regions arrive.
 */
export const fulfilment = () => [
  on(OrderCreated, async ({ orderId, country }, { db }) => {
    const region = regionOf(country)
    if (!region)
      throw new Reject(
        `fulfilment: no region delivers to ${country}: name it in regions.ts, or remove its key in handler.yaml`,
      )
    await db.query(
      `insert into picks (order_id, region, country) values ($1, $2, $3)
       on conflict (order_id) do update set region = excluded.region, country = excluded.country`,
      [orderId, region, country],
    )
  }),

  on(OrderConfirmed, ({ orderId }, { db }) => end(db, orderId, 'ready')),
  on(OrderCancelled, ({ orderId }, { db }) => end(db, orderId, 'dropped')),
]

/** The end of an order has no country in its key, so those of other regions are stored too, and stay without a region. */
async function end(db: Db, orderId: string, state: 'ready' | 'dropped'): Promise<void> {
  await db.query(
    `insert into picks (order_id, state) values ($1, $2)
     on conflict (order_id) do update set state = excluded.state, changed_at = now()`,
    [orderId, state],
  )
}

export default handler({ subscriptions: fulfilment, ownRowsOnly: true })
