import type { Logger } from 'pino'
import * as z from 'zod'
import type { Customer } from '#contracts'
import { Problem } from './problem.ts'

export const orderPath = z.object({ orderId: z.uuid() })
export const noSuchOrder = 'The order does not exist or belongs to another customer.'

interface Asking {
  readonly customer: Customer
  readonly path: { readonly orderId: string }
  readonly correlationId: string
  readonly log: Logger
}

/**
 * Returns the order if it belongs to the customer. Throws the same 404 `Problem` for an order that does not exist and for another
 * customer's order, so that the response does not reveal which ids exist; the second case is logged.
 */
export function ownOrder<Order extends { customerId: string }>(
  found: Order | undefined,
  { customer, path, correlationId, log }: Asking,
): Order {
  if (found?.customerId === customer.id) return found
  if (found)
    log.warn(
      { customer: customer.id, orderId: path.orderId, correlationId },
      'a customer requested an order of another customer',
    )
  throw new Problem(404, 'orderId must be the id of one of your orders')
}
