import { behaviour } from './cards.ts'
import type { Authorization } from './decide.ts'
import { problem, type Answer, type Request } from './requests.ts'

/** The answer of a bank that fails on this request, or undefined. */
export type Stumble = (request: Request, known: Authorization | undefined) => Answer | undefined

/** Fails the first tries of a request, as its test card specifies. Tries are counted per key and forgotten when the process ends. */
export function stumbling(): Stumble {
  const tries = new Map<string, number>()
  return ({ operation, key, body }, known) => {
    const { fails } = behaviour('card' in body ? body.card : (known?.card ?? ''))
    if (fails?.operation !== operation) return undefined

    const before = tries.get(key) ?? 0
    if (before >= fails.times) {
      tries.delete(key)
      return undefined
    }
    tries.set(key, before + 1)
    return problem(fails.status, 'Failed', `try ${before + 1} with this test card fails`)
  }
}
