import { event } from 'warren'
import * as z from 'zod'
import { text } from './fields.ts'

/** Something that a person may have to look at. Its severity and its source are words of its routing key: `log.written.v1.error.gateway`. */
export const LogWritten = event(
  'log.written.v1',
  {
    /** Of this line: one that is sent again has the same. */
    lineId: z.uuid(),
    severity: z.enum(['error', 'warning']),
    /** What it is about: the shop's customers and their tokens, or a part of the shop. */
    source: z.enum(['user', 'gateway']),
    text: text(200),
    /** How often it was written since it was sent last. */
    times: z.int().min(1),
  },
  { words: ({ severity, source }) => [severity, source] },
)
