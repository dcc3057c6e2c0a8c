import { question } from 'warren'
import * as z from 'zod'
import { customerId, orderId, text } from './fields.ts'

/** Bytes of the longest invoice: in base64, as a message carries it, it has a third more, and a message has at most 256 KiB. */
export const longestInvoice = 180_000

/** The invoice of an order, if it has one yet and is this customer's. */
export const ReadInvoice = question(
  'invoice.read.v1',
  { orderId, customerId },
  {
    invoice: z
      .object({
        number: text(32),
        /** The PDF. */
        pdf: z.base64().max(Math.ceil(longestInvoice / 3) * 4),
      })
      .nullable(),
  },
)
