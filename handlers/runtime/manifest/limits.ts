import { keepsOrder } from './order.ts'
import { placeOf } from './place.ts'
import type { Manifest } from './schema.ts'

/** Not a setting: defined only in bundles that are built for comparison with the usual one. */
declare const WARREN_GROUP_SIZE: number | undefined

const usualGroupSize = 100
/** Deliveries that one transaction takes at most. */
export const groupSize = typeof WARREN_GROUP_SIZE === 'undefined' ? usualGroupSize : WARREN_GROUP_SIZE
/**
 * Groups that a replica without a call holds: one in its transaction, one on its way to its acknowledgement, one that gathers.
 * With two, the next group waited for the acknowledgements of the last one, and a saga's handler stood still for half of its time.
 */
const heldGroups = 3
/**
 * Deliveries of each single-active queue that its consumer holds. Never to be lowered: a consumer must be able to take all that the last
 * one held, or what the broker takes back changes its order (see `broker/consume-channel.ts`).
 */
const orderedPrefetch = 100
/** The same for each partition, of which a replica may consume several: what it holds is delivered again when queues move. */
const partitionPrefetch = 25
/** Milliseconds after which PostgreSQL ends a group's transaction. */
export const transactionTimeout = 30_000
/** Milliseconds for which a paused handler holds its deliveries before they go to the last tier. */
export const longestPause = 10 * 60_000
/** Milliseconds after which RabbitMQ takes back an unsettled delivery: its own default. */
export const consumerTimeout = 30 * 60_000
/**
 * Days for which an inbox remembers a handled message; an older dead letter must not be redriven, because its effect could happen
 * twice.
 */
export const inboxRetentionDays = 30
/** Milliseconds for the last confirms and acknowledgements, and for closing the connections. */
const closing = 15_000

/** Deliveries that one replica holds: as many as it calls at once or, without a call, three groups. */
export function prefetch(manifest: Manifest, hasCall: boolean): number {
  if (keepsOrder(manifest)) return manifest.partitions === undefined ? orderedPrefetch : partitionPrefetch
  return hasCall ? manifest.concurrency : heldGroups * usualGroupSize
}

/** Milliseconds from the last delivery to the last commit in the worst case, while no dependency is down. */
export function worstCase(manifest: Manifest, hasCall: boolean): number {
  // Of a key in order one message is under way; the others are let go.
  const held = keepsOrder(manifest) ? manifest.concurrency : prefetch(manifest, hasCall)
  return hasCall
    ? Math.ceil(held / manifest.concurrency) * manifest.timeout + transactionTimeout
    : Math.ceil(held / usualGroupSize) * transactionTimeout
}

/**
 * The longest timeout of a call, in milliseconds, that does not extend the grace period beyond that of a handler without a call.
 */
export const coveredTimeout = (heldGroups - 1) * transactionTimeout

/**
 * Milliseconds from SIGTERM to SIGKILL. Longer than the worst case whether the handler has a call or not, because a chart
 * knows `handler.yaml` and not the code.
 */
export function gracePeriod(manifest: Manifest): number {
  return Math.max(manifest.timeout, coveredTimeout) + transactionTimeout + closing
}

/** Reasons why a handler must not start, one sentence each: in the worst case the broker would take its deliveries back. */
export function refusals(manifest: Manifest, hasCall: boolean): string[] {
  const tooLong = longestPause + worstCase(manifest, hasCall) - consumerTimeout
  if (tooLong <= 0) return []
  const longest = manifest.timeout - tooLong
  return [
    `${placeOf(manifest, 'timeout')}: timeout must be at most ${longest / 1_000}s, because RabbitMQ takes a delivery back ` +
      `after ${consumerTimeout / 60_000}m and a pause may last ${longestPause / 60_000}m of that (got ${manifest.timeout / 1_000}s)`,
  ]
}

/** Settings that work, but not as their author expects, one sentence each. */
export function lint(manifest: Manifest, hasCall: boolean): string[] {
  const held = prefetch(manifest, hasCall)
  const listens = manifest.handles.length + manifest.subscribes.length > 0 || manifest.records !== undefined
  if (!listens || manifest.scale.backlog >= held / 2) return []
  return [
    `${placeOf(manifest, 'scale', 'backlog')}: scale.backlog must be at least ${Math.ceil(held / 2)}, half of the ${held} deliveries ` +
      `that one replica holds, or the first replica takes the messages that others are started for (got ${manifest.scale.backlog})`,
  ]
}
