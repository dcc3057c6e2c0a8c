import { CheckStock } from '#contracts'
import type { Ask } from 'warren'
import * as z from 'zod'
import { sku } from '../catalogue.ts'
import { route } from '../route.ts'

const Stock = z.strictObject({
  sku: z.string(),
  available: z
    .int()
    .meta({ description: 'Pieces that can be reserved now. Only the reservation of an order decides.' }),
})

export const readStock = (ask: Ask) =>
  route({
    name: 'readStock',
    method: 'get',
    path: '/api/products/{sku}/stock',
    summary: 'The pieces of a product that can be reserved, as the warehouse answers now',
    open: true,
    parameters: { path: z.object({ sku }) },
    answers: { 200: { description: 'The stock of the product.', schema: Stock } },
    refusals: { 404: 'The catalogue has no such product.', 503: 'The warehouse did not answer in time.' },
    async handle({ path: { sku }, correlationId }) {
      const { available } = await ask(CheckStock, { skus: [sku] }, { timeout: '500ms', correlationId })
      return { status: 200, body: { sku, available: available[sku] ?? 0 } }
    },
  })
