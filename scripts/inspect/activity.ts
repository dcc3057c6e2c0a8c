import type { Sample } from './metrics.ts'

/** What the processes of one handler have counted, together. */
export interface Tally {
  readonly done: number
  readonly retries: number
  /** The dependencies that any of them waits for. */
  readonly paused: readonly string[]
}

/**
 * Adds up the counters of a handler's processes, those that have left included, as they stood when they were last read.
 *
 * @returns takes what was read of each process that runs now, by process id, and gives the sums
 */
export function tallyOf(): (read: ReadonlyMap<number, readonly Sample[]>) => Tally {
  const last = new Map<number, { done: number; retries: number }>()

  return (read) => {
    for (const [pid, samples] of read) {
      last.set(pid, {
        done: sum(samples, 'warren_handled_total', ({ outcome }) => outcome === 'done'),
        retries: sum(samples, 'warren_retries_total'),
      })
    }
    const counted = [...last.values()]
    return {
      done: counted.reduce((total, { done }) => total + done, 0),
      retries: counted.reduce((total, { retries }) => total + retries, 0),
      paused: [...new Set([...read.values()].flatMap(pausedFor))].sort(),
    }
  }
}

function sum(samples: readonly Sample[], name: string, counts: (labels: Sample['labels']) => boolean = () => true) {
  return samples
    .filter((sample) => sample.name === name && counts(sample.labels))
    .reduce((total, { value }) => total + value, 0)
}

function pausedFor(samples: readonly Sample[]): string[] {
  return samples
    .filter(({ name, value }) => name === 'warren_paused' && value > 0)
    .map(({ labels }) => labels.dependency ?? 'dependency')
}
