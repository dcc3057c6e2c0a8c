/**
 * Milliseconds to wait before the next try: random, up to a limit that doubles with each failure. Clients that lost the same server
 * would otherwise all return at the same moment (full jitter, from "Exponential Backoff and Jitter" of the AWS architecture blog).
 *
 * @param failures tries that have failed so far, from 1
 */
export function backOff(failures: number, { shortest, longest }: { shortest: number; longest: number }): number {
  return Math.random() * Math.min(longest, shortest * 2 ** failures)
}

/** Milliseconds until a dependency that is down is tried again: 1–5 s, so that replicas do not all try at once. */
export function probePause(): number {
  return 1_000 + Math.random() * 4_000
}
