import * as z from 'zod'
import { broadcast } from './contract.ts'

const failure = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('database-slow'), milliseconds: z.int().min(1).max(5_000) }),
  z.object({ kind: z.enum(['database-lost', 'dependency-lost', 'answers-lost', 'crash', 'none']) }),
])

/**
 * The fields of `FailureSimulated`, for routes that take them from outside. What can be made to fail:
 *
 * - `database-slow`: every transaction and every read begins `milliseconds` later
 * - `database-lost`: the database cannot be reached
 * - `dependency-lost`: no call is made; each ends as `Unavailable`
 * - `answers-lost`: each call is made, and its answer is lost
 * - `crash`: the processes that run at that moment are killed once, after their next apply and before its commit
 * - `none`: ends what was simulated before
 */
export const simulatedFailure = {
  handler: z.string().min(1).max(64),
  failure,
  seconds: z.int().min(1).max(600),
}

/**
 * A failure that every process of one handler simulates, also one that starts later, until `seconds` after its publication: 10 minutes at
 * most. A later one takes its place. Only a handler that names the type under `hears`, and whose process has `SIMULATED_FAILURES=on`, does.
 *
 * @example
 * FailureSimulated({ handler: 'payments', failure: { kind: 'dependency-lost' }, seconds: 30 })
 */
export const FailureSimulated = broadcast('failure.simulated.v1', simulatedFailure)
