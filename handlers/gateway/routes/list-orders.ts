import type { World } from 'warren'
import * as z from 'zod'
import { OrderSummary, summary, type OrderRow } from '../orders.ts'
import { Problem } from '../problem.ts'
import { route } from '../route.ts'

const maxLimit = 100

const query = z.strictObject({
  limit: z
    .string()
    .regex(/^([1-9][0-9]?|100)$/, `must be a whole number from 1 to ${maxLimit}`)
    .default('20'),
  cursor: z.uuid().optional().meta({ description: 'The `next` value of the previous page.' }),
})

const Page = z.strictObject({
  orders: z.array(OrderSummary),
  next: z.uuid().optional().meta({ description: 'The cursor of the next page; absent on the last page.' }),
})

export const listOrders = (read: World['read']) =>
  route({
    name: 'listOrders',
    method: 'get',
    path: '/api/orders',
    summary: 'The customer’s own orders, newest first',
    parameters: { query },
    answers: { 200: { description: 'A page of orders.', schema: Page } },
    refusals: { 404: 'The cursor is not a `next` value from your orders.' },
    async handle({ customer, query }) {
      const limit = Number(query.limit)
      // One extra row shows whether there is a next page.
      const { rows } = await read<OrderRow>(query.cursor === undefined ? firstPage : nextPage, [
        customer.id,
        limit + 1,
        ...(query.cursor === undefined ? [] : [query.cursor]),
      ])
      // A cursor is returned only if more orders follow it.
      if (rows.length === 0 && query.cursor !== undefined)
        throw new Problem(404, 'cursor must be a `next` value from your list of orders')
      const orders = rows.slice(0, limit).map(summary)
      return { status: 200, body: { orders, ...(rows.length > limit && { next: orders.at(-1)?.orderId }) } }
    },
  })

const page = (after: string) =>
  `select * from orders where customer_id = $1 ${after} order by created_at desc, id desc limit $2`
const firstPage = page('')
const nextPage = page(
  'and (created_at, id) < (select created_at, order_id from requests where order_id = $3 and customer_id = $1)',
)
