import { setTimeout } from 'node:timers/promises'
import * as z from 'zod'
import { problem, type Answer } from './requests.ts'

/** `down` answers every request with 503; `slow` delays every request by 2 s. Lasts `seconds` from now; 0 ends it. */
export const outageSchema = z.strictObject({
  seconds: z.number().min(0).max(3_600),
  kind: z.enum(['down', 'slow']).default('down'),
})

/** A switch that takes the bank down for a while, to observe the shop without it. */
export function outageSwitch() {
  let outage = { kind: 'down' as 'down' | 'slow', until: 0 }
  return {
    set({ seconds, kind }: z.output<typeof outageSchema>): Answer {
      outage = { kind, until: Date.now() + seconds * 1_000 }
      return { status: 200, body: { kind, until: new Date(outage.until).toISOString() } }
    },

    /** Lets a request pass, delays it, or returns the answer of a bank that is down. */
    async pass(): Promise<Answer | undefined> {
      if (Date.now() >= outage.until) return undefined
      if (outage.kind === 'down')
        return problem(503, 'Down', `out of order until ${new Date(outage.until).toISOString()}`)
      await setTimeout(2_000)
      return undefined
    },
  }
}
