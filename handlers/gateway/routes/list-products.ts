import * as z from 'zod'
import { catalogue, currency } from '../catalogue.ts'
import { route } from '../route.ts'

const Products = z.strictObject({
  products: z.array(
    z.strictObject({
      sku: z.string(),
      name: z.string(),
      price: z.int().meta({ description: 'In cents.' }),
      currency: z.string(),
    }),
  ),
})

const answer = JSON.stringify({ products: catalogue.map((product) => ({ ...product, currency })) })

export const listProducts = route({
  name: 'listProducts',
  method: 'get',
  path: '/api/products',
  summary: 'The products of the shop and their prices',
  open: true,
  answers: { 200: { description: 'The catalogue.', schema: Products } },
  handle: () => ({ status: 200, body: answer }),
})
