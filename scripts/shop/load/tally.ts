/** Figures of a load while it runs. */
export interface Tally {
  /** Counts an answer of the shop, or the reason why there was none. */
  answer(to: 'order' | 'cancel', status: number | string): void
  retry(): void
  /** Counts an accepted order, so many milliseconds after its first request was due. */
  accept(latency: number): void
  /** Counts a customer who left without an order. */
  leave(): void
  read(): Figures
}

export interface Figures {
  readonly requests: number
  readonly accepted: number
  readonly left: number
  readonly retries: number
  /** By request and answer, such as `order 202`. */
  readonly answers: ReadonlyMap<string, number>
  /** Milliseconds, ascending. */
  readonly latencies: readonly number[]
}

export function newTally(): Tally {
  const answers = new Map<string, number>()
  const latencies: number[] = []
  let [requests, left, retries] = [0, 0, 0]
  return {
    answer(to, status) {
      requests++
      answers.set(`${to} ${status}`, (answers.get(`${to} ${status}`) ?? 0) + 1)
    },
    retry: () => retries++,
    accept: (latency) => latencies.push(latency),
    leave: () => left++,
    read: () => ({
      requests,
      accepted: latencies.length,
      left,
      retries,
      answers,
      latencies: latencies.toSorted((one, other) => one - other),
    }),
  }
}
