import type { World } from 'warren'
import { findOrder, OrderView } from '../orders.ts'
import { noSuchOrder, orderPath, ownOrder } from '../own-order.ts'
import { route } from '../route.ts'

export const readOrder = (read: World['read']) =>
  route({
    name: 'readOrder',
    method: 'get',
    path: '/api/orders/{orderId}',
    summary: 'An order with its status and timeline',
    parameters: { path: orderPath },
    answers: { 200: { description: 'The order.', schema: OrderView } },
    refusals: { 404: noSuchOrder },
    async handle(asked) {
      const order = ownOrder(await findOrder(read, asked.path.orderId), asked)
      return { status: 200, body: order.view }
    },
  })
