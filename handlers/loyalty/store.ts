import type { Db } from 'warren'
import { evolve } from './evolve.ts'
import type { OrderPoints, PointsEvent, State } from './points.ts'

/** The part of a customer's state that a command about one order is decided on. */
export interface Loaded {
  readonly state: State
  /** That of the customer's last event; 0 without one. */
  readonly version: number
}

/** Loads a customer's points, and of the orders only this one. */
export async function load(db: Db, customerId: string, orderId: string): Promise<Loaded> {
  const { rows } = await db.query<{
    version: number
    sum: string
    total: string | null
    points: string
    status: OrderPoints['status']
  }>(
    `select customers.version, customers.points as sum, orders.total, orders.points, orders.status
     from customers left join orders on orders.customer_id = customers.customer_id and orders.order_id = $2
     where customers.customer_id = $1`,
    [customerId, orderId],
  )
  const [row] = rows
  if (!row) return { state: { points: 0, orders: {} }, version: 0 }
  const { version, sum, total, points, status } = row
  const orders = total === null ? {} : { [orderId]: { total: Number(total), points: Number(points), status } }
  return { state: { points: Number(sum), orders }, version }
}

/** The customer of an order that has earned points or was cancelled; undefined for one that is not known. */
export async function customerOf(db: Db, orderId: string): Promise<string | undefined> {
  const { rows } = await db.query<{ customer_id: string }>('select customer_id from orders where order_id = $1', [
    orderId,
  ])
  return rows[0]?.customer_id
}

/**
 * Appends events after the version on which they were decided, and keeps the state that follows from them.
 *
 * @throws if another transaction has appended to that version: the message is handled again, on the state of then
 */
export async function append(db: Db, customerId: string, { state, version }: Loaded, events: readonly PointsEvent[]) {
  const after = events.reduce(evolve, state)
  const orders = [...new Set(events.map(({ orderId }) => orderId))].map((orderId) => ({
    order_id: orderId,
    ...after.orders[orderId],
  }))
  await db.query(
    `with appended as (
       insert into point_events (customer_id, version, type, order_id, data)
       select $1, ($2::int + position)::int, event ->> 'type', (event ->> 'orderId')::uuid, event
       from jsonb_array_elements($3::jsonb) with ordinality as each (event, position)
     ), kept as (
       insert into orders (order_id, customer_id, total, points, status)
       select order_id, $1, total, points, status
       from jsonb_to_recordset($4::jsonb) as changed (order_id uuid, total bigint, points bigint, status text)
       on conflict (order_id) do update set total = excluded.total, points = excluded.points, status = excluded.status
     )
     insert into customers (customer_id, version, points) values ($1, $5, $6)
     on conflict (customer_id) do update set version = excluded.version, points = excluded.points`,
    [
      ...[customerId, version, JSON.stringify(events), JSON.stringify(orders)],
      ...[version + events.length, after.points],
    ],
  )
}
