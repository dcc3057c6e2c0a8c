import { ReadInvoice } from '#contracts'
import type { World } from 'warren'
import * as z from 'zod'
import { findOrder } from '../orders.ts'
import { noSuchOrder, orderPath, ownOrder } from '../own-order.ts'
import { Problem } from '../problem.ts'
import { route } from '../route.ts'

export const readInvoice = ({ read, ask }: Pick<World, 'read' | 'ask'>) =>
  route({
    name: 'readInvoice',
    method: 'get',
    path: '/api/orders/{orderId}/invoice',
    summary: 'The invoice of a confirmed order, as a PDF',
    parameters: { path: orderPath },
    answers: {
      200: {
        description: 'The invoice.',
        schema: z.unknown(),
        type: 'application/pdf',
        headers: { 'content-disposition': 'A name for the file, with the number of the invoice.' },
      },
    },
    refusals: {
      404: `${noSuchOrder} Or it has no invoice, or not yet: it is written soon after the confirmation.`,
      503: 'The invoice was not answered in time.',
    },
    async handle(asked) {
      const { path, customer, correlationId } = asked
      ownOrder(await findOrder(read, path.orderId), asked)
      const { invoice } = await ask(
        ReadInvoice,
        { orderId: path.orderId, customerId: customer.id },
        { timeout: '3s', correlationId },
      )
      if (!invoice) throw new Problem(404, 'orderId must be the id of an order that has its invoice already')
      return {
        status: 200,
        body: Buffer.from(invoice.pdf, 'base64'),
        headers: { 'content-disposition': `inline; filename="invoice-${invoice.number}.pdf"` },
      }
    },
  })
