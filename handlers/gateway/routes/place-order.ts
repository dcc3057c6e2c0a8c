import type { Submit } from 'warren'
import * as z from 'zod'
import { currency, price, sku } from '../catalogue.ts'
import { fields, orderIdOf } from '#contracts'
import { comeBack, Problem } from '../problem.ts'
import { fingerprintOf, idempotencyKey } from '../idempotency.ts'
import { placing } from '../place.ts'
import { route } from '../route.ts'
import type { StockCheck } from '../stock-check.ts'

export const OrderRequest = z.strictObject({
  lines: z
    .array(z.strictObject({ sku, quantity: fields.quantity }))
    .min(1)
    .max(100)
    .meta({ description: 'Prices come from the catalogue. Lines with the same sku are added up.' }),
  card: fields.cardToken.meta({
    description: 'A token of the payment provider, never a card number.',
    examples: ['tok_visa'],
  }),
  shipTo: z.strictObject(fields.address.shape),
})

const OrderAccepted = z.strictObject({
  orderId: z.uuid(),
  status: z.literal('received'),
  currency: z.string(),
  total: z.int().meta({ description: 'In cents.' }),
  warnings: z
    .array(z.string())
    .optional()
    .meta({ description: 'Products that may be out of stock. The order is taken all the same.' }),
})

export function placeOrder(submit: Submit, stock: StockCheck) {
  const place = placing(submit)
  return route({
    name: 'placeOrder',
    method: 'post',
    path: '/api/orders',
    summary: 'Places an order. Repeating an Idempotency-Key repeats the response, apart from its warnings',
    parameters: { headers: z.object({ 'idempotency-key': idempotencyKey }) },
    body: OrderRequest,
    answers: {
      202: {
        description: 'The order is accepted; `location` shows its progress.',
        schema: OrderAccepted,
        headers: { location: 'The path of the order.' },
      },
    },
    refusals: {
      422: 'A field of the body is invalid, or the Idempotency-Key was used with a different body.',
      503: 'The order is not yet confirmed as accepted: repeat the request with the same Idempotency-Key.',
    },
    async handle({ customer, correlationId, headers, body }) {
      const command = {
        orderId: orderIdOf(customer.id, headers['idempotency-key']),
        customerId: customer.id,
        email: customer.email,
        currency,
        ...price(body.lines),
        card: body.card,
        shipTo: body.shipTo,
        ...(customer.tier && { tier: customer.tier }),
      }
      const fingerprint = fingerprintOf(body)
      void stock.refresh(
        body.lines.map(({ sku }) => sku),
        correlationId,
      )
      const stored = await place({ command, fingerprint, correlationId })
      if (stored.fingerprint !== fingerprint) {
        throw new Problem(422, 'idempotency-key was used for another order: use a new key for a different body')
      }
      if (!stored.confirmed)
        throw comeBack('the order is not yet confirmed as accepted: send it again with the same idempotency-key', 2)
      const { orderId, total } = stored.command
      const warnings = stock.warnings(body.lines)
      return {
        status: 202,
        body: {
          orderId,
          status: 'received',
          currency: stored.command.currency,
          total,
          ...(warnings.length > 0 && { warnings }),
        },
        headers: { location: `/api/orders/${orderId}` },
      }
    },
  })
}
