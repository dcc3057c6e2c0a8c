import { mostOfFailures, mostOfSales, ReadAnalytics } from '#contracts'
import type { Ask } from 'warren'
import * as z from 'zod'
import { route } from '../route.ts'

/** Within the time in which a gateway answers any request. */
const patience = '3s'

const query = z.strictObject({
  days: z
    .string()
    .regex(/^([1-9][0-9]?|[12][0-9]{2}|3[0-5][0-9]|36[0-6])$/, 'must be a whole number from 1 to 366')
    .default('30')
    .meta({ description: 'Orders that were placed in so many days, today included.' }),
})

const orders = z.int()

const Analytics = z.strictObject({
  sales: z
    .array(
      z.strictObject({
        day: z.iso.date(),
        country: z.string(),
        currency: z.string(),
        orders,
        confirmed: orders,
        revenue: z.int().meta({ description: 'Of the confirmed orders, in cents.' }),
      }),
    )
    .meta({ description: 'By the day on which an order was placed, latest first.' }),
  funnel: z
    .strictObject({
      ...{ created: orders, reserved: orders, authorized: orders },
      ...{ scheduled: orders, captured: orders, confirmed: orders },
    })
    .meta({ description: 'How many orders reached each step.' }),
  failures: z
    .array(z.strictObject({ step: z.string(), reason: z.string(), orders }))
    .meta({ description: 'The cancelled orders, most frequent reason first.' }),
  complete: z.boolean().meta({
    description: `Whether there are at most ${mostOfSales} sales and ${mostOfFailures} failures: others are left out.`,
  }),
})

export const readAnalytics = (ask: Ask) =>
  route({
    name: 'readAnalytics',
    method: 'get',
    path: '/api/analytics',
    summary: 'Orders and revenue by day and country, how far orders come, and why they fail',
    admin: true,
    parameters: { query },
    answers: { 200: { description: 'The counts of these days.', schema: Analytics } },
    refusals: { 503: 'The analytics do not answer now.' },
    async handle({ query: { days }, correlationId }) {
      return {
        status: 200,
        body: await ask(ReadAnalytics, { days: Number(days) }, { timeout: patience, correlationId }),
      }
    },
  })
