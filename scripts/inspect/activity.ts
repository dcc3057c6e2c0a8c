import { tiers, type Tier } from '#runtime/topology/index.ts'
import type { Sample } from './metrics.ts'

/** What the processes of one handler have counted together. */
export interface Tally {
  readonly done: number
  readonly retries: number
  /** Messages sent to each wait queue. */
  readonly putOff: Readonly<Record<Tier, number>>
  /** The dependencies that any of them waits for. */
  readonly paused: readonly string[]
  /** The exchanges to which any of them has messages that the broker does not accept. */
  readonly blocked: readonly string[]
}

/**
 * Adds up the counters of a handler's processes. A process that has ended counts with the values that were last read from it.
 *
 * @returns a function from the samples of each running process, by process id, to the totals
 */
export function tallyOf(): (read: ReadonlyMap<number, readonly Sample[]>) => Tally {
  const last = new Map<number, Pick<Tally, 'done' | 'retries' | 'putOff'>>()

  return (read) => {
    for (const [pid, samples] of read) {
      last.set(pid, {
        done: sum(samples, 'warren_handled_total', ({ outcome }) => outcome === 'done'),
        retries: sum(samples, 'warren_retries_total'),
        putOff: ofEachTier((tier) => sum(samples, 'warren_put_off_total', (labels) => labels['tier'] === tier)),
      })
    }
    const counted = [...last.values()]
    return {
      done: counted.reduce((total, { done }) => total + done, 0),
      retries: counted.reduce((total, { retries }) => total + retries, 0),
      putOff: ofEachTier((tier) => counted.reduce((total, { putOff }) => total + putOff[tier], 0)),
      paused: raised(read, 'warren_paused', 'dependency'),
      blocked: raised(read, 'warren_blocked_routes', 'exchange'),
    }
  }
}

function sum(samples: readonly Sample[], name: string, counts: (labels: Sample['labels']) => boolean = () => true) {
  return samples
    .filter((sample) => sample.name === name && counts(sample.labels))
    .reduce((total, { value }) => total + value, 0)
}

/** The values of a label for which a gauge is above zero in any process. */
function raised(read: ReadonlyMap<number, readonly Sample[]>, gauge: string, label: string): string[] {
  const above = [...read.values()].flat().filter(({ name, value }) => name === gauge && value > 0)
  return [...new Set(above.map(({ labels }) => labels[label] ?? label))].sort()
}

function ofEachTier(count: (tier: Tier) => number): Record<Tier, number> {
  return Object.fromEntries(tiers.map((tier) => [tier, count(tier)])) as Record<Tier, number>
}
