import { stockUpdate, UpdateStock } from '#contracts'
import type { Submit } from 'warren'
import * as z from 'zod'
import { comeBack } from '../problem.ts'
import { route } from '../route.ts'

const Feed = z.strictObject({ updates: z.array(z.strictObject(stockUpdate)).min(1).max(100) })
const FeedAccepted = z.strictObject({ updates: z.int() })

export const feedStock = (submit: Submit) =>
  route({
    name: 'feedStock',
    method: 'post',
    path: '/api/admin/stock-feed',
    summary: "Takes a batch of a supplier's stock updates; those of one product are applied in this order",
    admin: true,
    body: Feed,
    answers: { 202: { description: 'The updates are on their way.', schema: FeedAccepted } },
    refusals: { 503: 'The updates are stored but not yet confirmed as sent; they will be sent.' },
    async handle({ body: { updates }, correlationId }) {
      const { confirmed } = await submit(async () => ({ value: undefined, messages: updates.map(UpdateStock) }), {
        correlationId,
      })
      if (!confirmed) throw comeBack('the updates are stored but not yet confirmed as sent; they will be sent', 5)
      return { status: 202, body: { updates: updates.length } }
    },
  })
