import { milliseconds } from '#runtime/duration.ts'
import { tiers, type Tier } from '#runtime/topology/index.ts'

type Counts = Readonly<Record<Tier, number>>

/**
 * Follows how many messages of one handler are in the wait queues, which all handlers share, so that the broker does not know it. A
 * message stays as long as the queue's name says: of those that the handler's processes have sent there since this began, it counts
 * those whose time is not over. What an earlier run has sent there is missing.
 *
 * @returns a function from how many have been sent to each wait queue so far, and from the time in milliseconds
 */
export function retryingOf(): (sent: Counts, now: number) => number {
  const tallies = tiers.map((tier) => ({
    tier,
    stays: milliseconds(tier),
    seen: [] as { at: number; total: number }[],
  }))

  return (sent, now) =>
    tallies.reduce((waiting, { tier, stays, seen }) => {
      const total = sent[tier]
      if (total > (seen.at(-1)?.total ?? 0)) seen.push({ at: now, total })
      // Of those whose time is over, the last one says how many have left.
      while ((seen[1]?.at ?? Infinity) <= now - stays) seen.shift()
      const left = seen[0] && seen[0].at <= now - stays ? seen[0].total : 0
      return waiting + total - left
    }, 0)
}
