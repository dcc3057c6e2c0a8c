import { OrderConfirmed, ReadInvoice } from '#contracts'
import { answer, handler, on } from 'warren'
import { printed } from './invoice.ts'
import { writeInvoice } from './write.ts'

/**
 * An invoice for each confirmed order, written once. The applies of a transaction run one after another, and one transaction writes at a
 * time, so the numbers of a year are in the order of their invoices and have no gap.
 */
export const billing = () => [
  on(OrderConfirmed, (order, { db }) => writeInvoice(db, order)),

  answer(ReadInvoice, async ({ orderId, customerId }, { read }) => {
    const { rows } = await read<{ year: number; number: number; pdf: Buffer }>(
      'select year, number, pdf from invoices where order_id = $1 and customer_id = $2',
      [orderId, customerId],
    )
    const [row] = rows
    return { invoice: row ? { number: printed(row.year, row.number), pdf: row.pdf.toString('base64') } : null }
  }),
]

export default handler({ subscriptions: billing })
