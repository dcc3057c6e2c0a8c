import { ReadPoints } from '#contracts'
import type { Ask } from 'warren'
import * as z from 'zod'
import { route } from '../route.ts'

const Points = z.strictObject({
  points: z.int().meta({ description: 'One for each whole unit of the currency of confirmed orders.' }),
})

export const readPoints = (ask: Ask) =>
  route({
    name: 'readPoints',
    method: 'get',
    path: '/api/points',
    summary: 'The points of the customer who is signed in',
    answers: { 200: { description: 'The points as they are known now.', schema: Points } },
    refusals: { 503: 'The points were not answered in time.' },
    async handle({ customer, correlationId }) {
      const { points } = await ask(ReadPoints, { customerId: customer.id }, { timeout: '2s', correlationId })
      return { status: 200, body: { points } }
    },
  })
