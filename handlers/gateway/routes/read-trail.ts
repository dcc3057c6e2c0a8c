import { fields, mostOfTrail, ReadTrail } from '#contracts'
import { trails, type World } from 'warren'
import * as z from 'zod'
import { Problem } from '../problem.ts'
import { route } from '../route.ts'

/** Within the time in which a gateway answers any request. */
const patience = '3s'

const Branch = z
  .strictObject({
    id: z.string().nullable(),
    type: z.string().nullable(),
    key: z.string().meta({ description: 'The routing key.' }),
    producer: z.string(),
    at: z.iso.datetime(),
    get ledTo() {
      return z.array(Branch).meta({ description: 'The messages that it led to.' })
    },
  })
  .meta({ id: 'MessageOfTrail' })

const Trail = z.strictObject({
  operations: z.array(
    z.strictObject({
      correlationId: z.string().nullable(),
      began: z.iso.datetime(),
      messages: z.int(),
      first: z.array(Branch).meta({ description: 'The messages that none of the others led to.' }),
    }),
  ),
  complete: z
    .boolean()
    .meta({ description: `Whether there are at most ${mostOfTrail} messages: later ones are left out.` }),
})

export const readTrail = (ask: World['ask']) =>
  route({
    name: 'readTrail',
    method: 'get',
    path: '/api/admin/trail/{id}',
    summary:
      'The messages of an operation as a tree with times, by the id of an order, of a message or of the operation',
    admin: true,
    parameters: { path: z.object({ id: fields.text(255) }) },
    answers: { 200: { description: 'The operations that the id leads to.', schema: Trail } },
    refusals: {
      404: 'The journal has no message of this id.',
      503: 'The journal does not answer now.',
    },
    async handle({ path: { id }, correlationId }) {
      const { messages, complete } = await ask(ReadTrail, { id }, { timeout: patience, correlationId })
      if (messages.length === 0)
        throw new Problem(404, 'id must be of an order, a message or an operation in the journal')
      const operations = trails(messages.map((message) => ({ ...message, at: new Date(message.at) })))
      return { status: 200, body: { operations, complete } }
    },
  })
