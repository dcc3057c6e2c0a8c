import type { Logger } from 'pino'
import * as z from 'zod'
import type { Customer } from '#contracts'
import { Problem } from './problem.ts'

export const orderPath = z.object({ orderId: z.uuid() })
export const noSuchOrder = 'There is no such order, or it is another customer’s.'

interface Asking {
  readonly customer: Customer
  readonly path: { readonly orderId: string }
  readonly correlationId: string
  readonly log: Logger
}

/**
 * The order, if it is the customer's own. Throws the same 404 `Problem` for one that does not exist and for another customer's,
 * so that nobody learns which ids exist; the second leaves a line in the log.
 */
export function ownOrder<Order extends { customerId: string }>(
  found: Order | undefined,
  { customer, path, correlationId, log }: Asking,
): Order {
  if (found?.customerId === customer.id) return found
  if (found)
    log.warn(
      { customer: customer.id, orderId: path.orderId, correlationId },
      'a customer asked for an order of another one',
    )
  throw new Problem(404, 'orderId names no order of yours')
}
