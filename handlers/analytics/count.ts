import type { Db } from 'warren'

/** The steps on an order's way to its confirmation. */
export const steps = ['reserved', 'authorized', 'scheduled', 'captured', 'confirmed'] as const
export type Step = (typeof steps)[number]

/** What one event tells of its order. */
export type Fact = { readonly orderId: string } & (
  | { readonly createdAt: Date; readonly country: string; readonly currency: string; readonly total: number }
  | { readonly reached: Step }
  | { readonly step: string; readonly reason: string }
)

/** The shop's days end with its books: at midnight in this zone. */
export const zone = 'Europe/Berlin'

/**
 * Adds facts to what is known of their orders, and moves the counts by the difference that they make; one statement for all of them.
 * Facts may come in any order, more than once, and before the order itself.
 */
export async function count(db: Db, facts: readonly Fact[]): Promise<void> {
  const rows = facts.map((fact) => ({
    order_id: fact.orderId,
    ...('createdAt' in fact && {
      created_at: fact.createdAt,
      country: fact.country,
      currency: fact.currency,
      total: fact.total,
    }),
    ...('reached' in fact && { [fact.reached]: true }),
    ...('step' in fact && { step: fact.step, reason: fact.reason }),
  }))
  await db.query(statement, [JSON.stringify(rows)])
}

/** How the facts of one column become one, whatever their order. */
const merged = [
  ...['created_at', 'country', 'currency', 'total', 'step', 'reason'].map((column) => [column, 'min'] as const),
  ...steps.map((column) => [column, 'bool_or'] as const),
]
const columns = merged.map(([column]) => column).join(', ')

const counts = ['created', ...steps, 'revenue']

// The parts of `with` see the orders as they were, so what an order counted before is taken back where it counts anew.
const statement = `
  with facts as (
    select order_id, ${columns} from json_populate_recordset(null::orders, $1)
  ), earlier as (
    select order_id, ${columns} from orders where order_id in (select order_id from facts)
  ), later as (
    select order_id, ${merged.map(([column, merge]) => `${merge}(${column}) as ${column}`).join(', ')}
    from (select * from earlier union all select * from facts) as known group by order_id
  ), stored as (
    insert into orders (order_id, ${columns}) select order_id, ${columns} from later
    on conflict (order_id) do update set ${merged.map(([column]) => `${column} = excluded.${column}`).join(', ')}
  ), moved as (
    select (created_at at time zone '${zone}')::date as day, * from (
      select 1 as orders, * from later union all select -1, * from earlier
    ) as counted where created_at is not null
  ), failed as (
    insert into failures (day, step, reason, orders)
    select day, step, reason, sum(orders) from moved where step is not null group by day, step, reason
    on conflict (day, step, reason) do update set orders = failures.orders + excluded.orders
  )
  insert into days (day, country, currency, ${counts.join(', ')})
  select day, country, currency, sum(orders),
    ${steps.map((step) => `coalesce(sum(orders) filter (where ${step}), 0)`).join(', ')},
    coalesce(sum(orders * total) filter (where confirmed), 0)
  from moved group by day, country, currency
  on conflict (day, country, currency) do update set
    ${counts.map((column) => `${column} = days.${column} + excluded.${column}`).join(', ')}`
