import { CancelOrder } from '#contracts'
import type { Db, Message, Submit } from 'warren'
import * as z from 'zod'
import { cancelRequested, pivot } from '../milestones.ts'
import { findOrder, OrderView } from '../orders.ts'
import { noSuchOrder, orderPath, ownOrder } from '../own-order.ts'
import { comeBack, Problem } from '../problem.ts'
import { route } from '../route.ts'

const CancelAccepted = z.strictObject({ orderId: z.uuid(), cancellation: z.literal('requested') })

export const cancelOrder = (submit: Submit) =>
  route({
    name: 'cancelOrder',
    method: 'post',
    path: '/api/orders/{orderId}/cancel',
    summary:
      'Requests the cancellation of an order and the compensation of its steps. Repeating the request changes nothing',
    parameters: { path: orderPath },
    answers: {
      202: {
        description:
          'The request is accepted. It may still come too late; the timeline of the order shows the outcome.',
        schema: CancelAccepted,
        headers: { location: 'The path of the order.' },
      },
    },
    refusals: {
      404: noSuchOrder,
      409: 'It is too late: the payment is being captured, or the order is finished.',
      503: 'The request is stored but not yet confirmed as sent; it will be sent.',
    },
    async handle(asked) {
      const { customer, path, correlationId } = asked
      const { value, confirmed } = await submit((db) => storeWish(db, path.orderId, customer.id), { correlationId })
      if (value !== 'taken') refuseIfTooLate(ownOrder(value, asked).view)
      if (!confirmed) throw comeBack('the cancellation is stored but not yet confirmed as sent; it will be sent', 5)
      return {
        status: 202,
        body: { orderId: path.orderId, cancellation: 'requested' },
        headers: { location: `/api/orders/${path.orderId}` },
      }
    },
  })

type Found = Awaited<ReturnType<typeof findOrder>>

/** Stores the cancellation request once; if that is not possible, returns the order in its current state. */
async function storeWish(
  db: Db,
  orderId: string,
  customerId: string,
): Promise<{ value: 'taken' | Found; messages: Message[] }> {
  const { rowCount } = await db.query(
    `insert into timeline (order_id, rank, type, attempts, at)
     select order_id, $3, $4, 1, clock_timestamp() from requests
     where order_id = $1 and customer_id = $2
       and not exists (select from timeline where timeline.order_id = requests.order_id and rank >= $5)
     on conflict (order_id, rank) do nothing`,
    [orderId, customerId, cancelRequested.rank, CancelOrder.type, pivot],
  )
  if (rowCount === 0) return { value: await findOrder(db.query, orderId), messages: [] }
  return { value: 'taken', messages: [CancelOrder({ orderId, reason: 'cancelled by the customer' })] }
}

function refuseIfTooLate({ status, timeline }: z.output<typeof OrderView>): void {
  const why = {
    confirmed: 'it is already confirmed',
    cancelled: 'it is already cancelled',
    cancelling: 'it is already being cancelled',
    received: undefined,
    processing: timeline.some(({ step, outcome }) => step === 'shipment' && outcome === 'done')
      ? 'its shipment is scheduled and its payment is being captured'
      : undefined,
  }[status]
  if (why !== undefined) throw new Problem(409, `the order can no longer be cancelled: ${why}`)
}
