import type { Manifest } from '../manifest/schema.ts'
import { Reject, TooEarly } from '../failures.ts'
import { tiers, type Tier } from '../topology/tiers.ts'
import { Unacceptable, UnsupportedVersion, type DeadReason, type History } from '../message/validate.ts'

/** How often a message may come too early before it is taken for lost: the ladder once, then every ten minutes for an hour. */
const maxDeferrals = 10
/** Deliveries of one message that ended with the process before it is put aside for a while. */
const suspectAfter = 3
const maxCrashes = 5

/** How a delivery leaves without having been handled. */
export type Exit =
  | {
      readonly to: 'delay'
      readonly tier: Tier
      readonly history: History
      readonly outcome: 'retried' | 'deferred'
      readonly stuck?: boolean
      readonly error: unknown
    }
  | { readonly to: 'dead'; readonly reason: DeadReason; readonly history: History; readonly error: unknown }

/** A call that did not end in time. */
export class TimedOut extends Error {
  override readonly name = 'TimedOut'
}

/** What follows from a failure: the message's way out. */
export function verdict(error: unknown, type: string, history: History, retry: Manifest['retry']): Exit {
  if (error instanceof Unacceptable) return { to: 'dead', reason: error.reason, history, error }
  if (error instanceof Reject) return { to: 'dead', reason: 'rejected', history, error }
  if (error instanceof TooEarly) {
    const deferrals = history.deferrals + 1
    if (deferrals > maxDeferrals) {
      const reason = error instanceof UnsupportedVersion ? 'unsupported-version' : 'deferred-too-long'
      return { to: 'dead', reason, history, error }
    }
    return { to: 'delay', tier: rung(deferrals), history: { ...history, deferrals }, outcome: 'deferred', error }
  }
  const stuck = history.attempt >= retry.attempts
  if (stuck && !retry.forever.includes(type)) return { to: 'dead', reason: 'exhausted', history, error }
  const next = { ...history, attempt: history.attempt + 1 }
  return { to: 'delay', tier: rung(history.attempt), history: next, outcome: 'retried', stuck, error }
}

/**
 * What follows from how often a message was delivered and never settled, because the process ended with it: put aside, so that
 * its neighbours get through, and in the end dead. A count on a first delivery is forged.
 */
export function crashVerdict(redelivered: boolean, deliveryCount: unknown, history: History): Exit | undefined {
  if (!redelivered || typeof deliveryCount !== 'number' || deliveryCount < suspectAfter) return undefined
  const crashes = history.crashes + 1
  const error = new Error(`the process ended ${deliveryCount} times in a row while it held this message`)
  if (crashes >= maxCrashes) {
    return { to: 'dead', reason: 'crashed-the-process', history, error }
  }
  return { to: 'delay', tier: rung(crashes), history: { ...history, crashes }, outcome: 'retried', error }
}

function rung(count: number): Tier {
  return tiers[Math.min(count, tiers.length) - 1] as Tier
}
