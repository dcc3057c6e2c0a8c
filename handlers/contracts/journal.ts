import { question } from 'warren'
import * as z from 'zod'
import { text } from './fields.ts'

/** Messages of operations that one reply names. */
export const mostOfTrail = 500

/** The messages of the operations that an id leads to: of a message, of an order, or a correlation id. Each has claims of its producer. */
export const ReadTrail = question(
  'trail.read.v1',
  { id: text(255) },
  {
    messages: z
      .array(
        z.object({
          id: z.string().nullable(),
          type: z.string().nullable(),
          key: z.string(),
          producer: z.string(),
          correlationId: z.string().nullable(),
          causationId: z.string().nullable(),
          at: z.iso.datetime(),
        }),
      )
      .max(mostOfTrail),
    /** False where there are more of them. */
    complete: z.boolean(),
  },
)
