import { schedule } from 'warren'

/** Every night: what the day that has ended brought, by its last change of each payment. A day without money has no row. */
export const closeOfDay = schedule(
  'close-of-day',
  '0 0 * * *',
  { timezone: 'Europe/Berlin' },
  [],
  async ({ at, db, log }) => {
    const { rows } = await db.query<{
      day: string
      currency: string
      captured: string
      refunded: string
      orders: number
    }>(
      `insert into days (day, currency, captured, refunded, orders)
     select (changed_at at time zone 'Europe/Berlin')::date, currency, sum(captured), sum(refunded), count(*)
     from payments
     where captured > 0
       and (changed_at at time zone 'Europe/Berlin')::date = ($1::timestamptz at time zone 'Europe/Berlin')::date - 1
     group by 1, 2
     on conflict do nothing
     returning day::text, currency, captured, refunded, orders`,
      [at],
    )
    for (const row of rows) log.info(row, 'the day is closed')
  },
)
