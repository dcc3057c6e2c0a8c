import { command, event } from 'warren'
import * as z from 'zod'

export const name = z.string().trim().min(1).max(100)

/** The greeter's order: greet this person. */
export const WriteGreeting = command('greeting.write.v1', { id: z.uuid(), name })

/** The greeter's answer, a fact for all who want to know. */
export const GreetingWritten = event('greeting.written.v1', { id: z.uuid(), text: z.string() })
