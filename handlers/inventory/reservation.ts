import type { Db } from 'warren'

type State = 'reserved' | 'rejected' | 'released' | 'committed'

export interface Reserved {
  /** The reason why nothing was reserved; null if everything was. */
  reason: string | null
  /** The SKUs whose stock this reservation brought below the threshold. */
  low: { sku: string; available: number }[]
}

/** The pieces of each product that can be reserved. */
export async function available(read: Db['query'], skus: readonly string[]): Promise<Record<string, number>> {
  const { rows } = await read<{ sku: string; available: number }>(
    'select sku, available from stock where sku = any($1)',
    [skus],
  )
  return Object.fromEntries(rows.map(({ sku, available }) => [sku, available]))
}

/**
 * Reserves every line of an order or none, in one statement. A repeat returns the earlier decision. An order that was released before its
 * reservation arrived stays released: the reservation is rejected.
 */
export async function reserve(db: Db, orderId: string, lines: readonly { sku: string; quantity: number }[]) {
  const { rows } = await db.query<Reserved>(reserveStatement, [orderId, JSON.stringify(lines)])
  return rows[0]!
}

// The parts of `with` see the original stock, so shortages are known before anything is reserved.
const reserveStatement = `
  with earlier as (
    select coalesce(reason, case state when 'released' then 'the order was already cancelled' end) as reason
    from reservations where order_id = $1
  ), wanted as (
    select sku, sum(quantity)::int as quantity from jsonb_to_recordset($2::jsonb) as line (sku text, quantity int)
    where not exists (select from earlier) group by sku
  ), held as (
    select stock.sku, available from stock join wanted using (sku) order by stock.sku for update of stock
  ), short as (
    select coalesce(wanted.sku || ' is out of stock: ' || quantity || ' requested, ' || available || ' available',
      wanted.sku || ' is not in stock') as reason
    from wanted left join held using (sku) where available is null or available < quantity order by wanted.sku limit 1
  ), taken as (
    update stock set available = available - quantity, reserved = reserved + quantity,
      version = version + 1, changed_at = now()
    from wanted where stock.sku = wanted.sku and available >= quantity and not exists (select from short)
    returning stock.sku, available, available < low_below and available + quantity >= low_below as crossed
  ), recorded as (
    insert into reservations (order_id, state, reason, lines)
    select $1, case when short.reason is null then 'reserved' else 'rejected' end, short.reason,
      case when short.reason is null then (select jsonb_agg(wanted order by sku) from wanted) else '[]' end
    from (select) as one left join short on true
    where not exists (select from earlier)
  )
  select coalesce((select reason from earlier), (select reason from short)) as reason,
    coalesce((select jsonb_agg(jsonb_build_object('sku', sku, 'available', available) order by sku) from taken where crossed),
      '[]') as low`

/**
 * Releases the reservation of an order. An unknown order is marked as released, so that a late reservation reserves nothing.
 *
 * @returns the previous state; nothing was changed unless that is `reserved` or undefined
 */
export async function release(db: Db, orderId: string): Promise<State | undefined> {
  const { rows } = await db.query<{ state: State }>(
    `with before as (
      select state from reservations where order_id = $1
    ), marked as (
      insert into reservations (order_id, state) select $1, 'released' where not exists (select from before)
    ), ${moved('released')}, back as (
      update stock set available = available + quantity, reserved = reserved - quantity,
        version = version + 1, changed_at = now()
      from line where stock.sku = line.sku
    )
    select state from before`,
    [orderId],
  )
  return rows[0]?.state
}

/**
 * Moves the reserved pieces of an order to shipped.
 *
 * @returns the previous state; nothing was changed unless that is `reserved`
 */
export async function commit(db: Db, orderId: string): Promise<State | undefined> {
  const { rows } = await db.query<{ state: State }>(
    `with before as (
      select state from reservations where order_id = $1
    ), ${moved('committed')}, out as (
      update stock set shipped = shipped + quantity, reserved = reserved - quantity,
        version = version + 1, changed_at = now()
      from line where stock.sku = line.sku
    )
    select state from before`,
    [orderId],
  )
  return rows[0]?.state
}

const moved = (state: State) => `
  moved as (
    update reservations set state = '${state}', version = version + 1, changed_at = now()
    where order_id = $1 and state = 'reserved' returning lines
  ), line as (
    select sku, quantity from moved, jsonb_to_recordset(moved.lines) as line (sku text, quantity int) order by sku
  )`
