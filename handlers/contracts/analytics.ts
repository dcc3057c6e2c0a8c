import { question } from 'warren'
import * as z from 'zod'
import { country, currency, reason, text } from './fields.ts'

/** Rows of sales that one reply has: of the latest days. */
export const mostOfSales = 1_000
/** Failures that one reply has: the most frequent ones. */
export const mostOfFailures = 100

const count = z.int().min(0)

/** What the orders that were placed in the last so many days, today included, have come to. */
export const ReadAnalytics = question(
  'analytics.read.v1',
  { days: z.int().min(1).max(366) },
  {
    /** By the day on which an order was placed, latest first; `revenue` is the total of the confirmed ones, in minor units. */
    sales: z
      .array(z.object({ day: z.iso.date(), country, currency, orders: count, confirmed: count, revenue: count }))
      .max(mostOfSales),
    /** How many orders came as far as each step. */
    funnel: z.object({
      created: count,
      reserved: count,
      authorized: count,
      scheduled: count,
      captured: count,
      confirmed: count,
    }),
    /** The cancelled orders, by the step that failed and its reason, most frequent first. */
    failures: z.array(z.object({ step: text(32), reason, orders: count })).max(mostOfFailures),
    /** False where there are more sales or failures than the reply has. */
    complete: z.boolean(),
  },
)
