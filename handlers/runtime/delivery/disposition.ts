import { Reject, TooEarly } from '../failures.ts'
import type { Manifest } from '../manifest/schema.ts'
import type { Destination } from '../message/copy.ts'
import type { DeadReason } from '../message/dead-reason.ts'
import type { History } from '../message/history.ts'
import { Unacceptable, UnsupportedVersion } from '../message/validate.ts'
import { tiers, type Tier } from '../topology/tiers.ts'

/** How often a message may be too early before its predecessor is taken for lost: the ladder once, then every ten minutes for an hour. */
const maxDeferrals = 10
/**
 * Deliveries of one message that ended with the process before it is set aside for a while. They are no attempts: most processes end for
 * reasons of their own, and a handler with a single attempt must not lose a message to a node that fails.
 */
const suspectAfter = 3
/** How often it is set aside, the last time for good. */
const maxCrashes = 5

/** How a delivery ends without being handled: a copy of it is retried later, or dead-lettered; that of an ordered handler is parked. */
export type Disposition = Retried | DeadLettered | Parked

export interface Parked {
  readonly to: 'park'
  /** The key that stands still until this message is handled. */
  readonly lane: string
  /** When it is tried again; null for one that rests until an operator sends it on, undefined for one behind another. */
  readonly after: Tier | null | undefined
  readonly history: History
  readonly reason: DeadReason | undefined
  readonly error: unknown
  /** Its attempts are spent, and `retry.forever` goes on. */
  readonly stuck?: boolean | undefined
}

export type Retried = Extract<Destination, { to: 'delay' }> & {
  /** `retried` spends an attempt, `deferred` does not. */
  readonly outcome: 'retried' | 'deferred'
  /** Its attempts are spent, and `retry.forever` goes on. */
  readonly stuck?: boolean
}

export type DeadLettered = Extract<Destination, { to: 'dead' }>

/** The disposition of a delivery whose check, call or apply threw this error. */
export function afterFailure(
  error: unknown,
  type: string,
  history: History,
  retry: Manifest['retry'],
): Retried | DeadLettered {
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
 * The disposition of a message that was delivered and never settled again and again, because the process ended with it: set aside, so
 * that its neighbours get through, and in the end dead. A count on a first delivery is forged.
 */
export function afterCrashes(
  redelivered: boolean,
  deliveryCount: unknown,
  history: History,
): Retried | DeadLettered | undefined {
  if (!redelivered || typeof deliveryCount !== 'number' || deliveryCount < suspectAfter) return undefined
  const crashes = history.crashes + 1
  const error = new Error(`the process ended ${deliveryCount} times in a row while it held this message`)
  if (crashes >= maxCrashes) {
    return { to: 'dead', reason: 'crashed-the-process', history, error }
  }
  return { to: 'delay', tier: rung(crashes), history: { ...history, crashes }, outcome: 'retried', error }
}

/**
 * The same disposition for a message of an ordered handler, which neither goes through a wait queue nor lets its successors pass. Without a
 * known key it can only be dead-lettered.
 */
export function inOrder(disposition: Retried | DeadLettered, lane: string | undefined): Disposition {
  const { history, error } = disposition
  const reason = disposition.to === 'dead' ? disposition.reason : undefined
  if (lane === undefined) return { to: 'dead', reason: reason ?? 'unsupported-version', history, error }
  const after = disposition.to === 'dead' ? null : disposition.tier
  return {
    to: 'park',
    lane,
    after,
    history,
    reason,
    error,
    ...(disposition.to === 'delay' && { stuck: disposition.stuck }),
  }
}

/** The disposition of a delivery that has waited long enough: its attempts stay unspent. */
export function setAside(tier: Tier, history: History, reason: string): Retried {
  return { to: 'delay', tier, history, outcome: 'deferred', error: new Error(reason) }
}

/** How often a parked message may be taken without coming to an end before it rests: as often as another may end its process. */
const maxLeases = suspectAfter * maxCrashes

/** The disposition of a parked message that was taken again and again, because the process ended with it. */
export function afterLeases(leases: number, history: History): DeadLettered | undefined {
  if (leases <= maxLeases) return undefined
  const error = new Error(`the process ended ${leases - 1} times while it held this message`)
  return { to: 'dead', reason: 'crashed-the-process', history, error }
}

function rung(count: number): Tier {
  return tiers[Math.min(count, tiers.length) - 1] as Tier
}
