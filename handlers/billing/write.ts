import { longestInvoice, type OrderConfirmed } from '#contracts'
import { Reject, type DataOf, type Db } from 'warren'
import { includedTax, printed, sumOf, type Invoice, type TaxRule } from './invoice.ts'
import { pdfOf } from './pdf.ts'

/** Writes the invoice of an order. One that has its invoice keeps it. */
export async function writeInvoice(db: Db, order: DataOf<typeof OrderConfirmed>): Promise<void> {
  const { orderId, customerId, email, currency, lines, shipTo, total } = order
  if (!lines || !shipTo)
    throw new Reject(
      `billing: order ${orderId} was confirmed without its lines and its address: write its invoice by hand`,
    )
  if (sumOf(lines) !== total)
    throw new Reject(`billing: the lines of order ${orderId} add up to ${sumOf(lines)} and not to its total, ${total}`)

  const { written, rule } = await known(db, orderId, shipTo.country)
  if (written) return
  if (!rule)
    throw new Error(
      `billing: tax_rules has no row for ${shipTo.country}, where order ${orderId} of customer ${customerId} goes: insert one and redrive the order`,
    )
  const { year, number, issuedOn } = await nextNumber(db)
  const amount = includedTax(total, rule)
  const invoice: Invoice = {
    ...{ number: printed(year, number), issuedOn, orderId, email, currency, lines, total },
    billTo: shipTo,
    tax: { ...rule, amount },
  }
  const pdf = await pdfOf(invoice)
  if (pdf.length > longestInvoice)
    throw new Reject(
      `billing: the invoice of order ${orderId} has ${pdf.length} bytes, and at most ${longestInvoice} can be sent`,
    )
  await db.query(
    `insert into invoices (order_id, customer_id, year, number, issued_on, currency, total, tax, pdf)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [orderId, customerId, year, number, issuedOn, currency, total, amount, pdf],
  )
}

async function known(db: Db, orderId: string, country: string): Promise<{ written: boolean; rule?: TaxRule }> {
  const { rows } = await db.query<{ written: boolean; name: string | null; basis_points: number }>(
    `select exists (select from invoices where order_id = $1) as written, name, basis_points
     from (select) as one left join tax_rules on country = $2`,
    [orderId, country],
  )
  const { written, name, basis_points } = rows[0]!
  return { written, ...(name !== null && { rule: { name, basisPoints: basis_points } }) }
}

/** The next number of this year, by the calendar of the shop. It is free again if the transaction fails. */
async function nextNumber(db: Db): Promise<{ year: number; number: number; issuedOn: string }> {
  const { rows } = await db.query<{ year: number; number: number; issuedOn: string }>(
    `with today as (select (now() at time zone 'Europe/Berlin')::date as day)
     insert into numbers (year, last) select extract(year from day)::int, 1 from today
     on conflict (year) do update set last = numbers.last + 1
     returning year, last as number, (select day::text from today) as "issuedOn"`,
  )
  return rows[0]!
}
