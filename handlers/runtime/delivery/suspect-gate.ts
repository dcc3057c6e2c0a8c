/** How work goes through the gate: beside all other work, as one of a few, or alone. */
export type Company = 'any' | 'few' | 'none'

/** How many of those that go as one of a few run at once: if the process ends, each of them has to go alone. */
const few = 10

/**
 * Decides what may run beside what: work without company begins when everything before it has come back, and what comes after it waits until
 * it has. In the order of arrival, so that nothing waits for ever.
 */
export class SuspectGate {
  readonly #waiting: { readonly company: Company; readonly begin: () => void }[] = []
  readonly #running: Record<Company, number> = { any: 0, few: 0, none: 0 }

  /** Whether something runs without company. */
  get isTaken(): boolean {
    return this.#running.none > 0
  }

  /** Resolves when the work may begin; its end has to be reported with `leave`. Undefined if it may begin at once. */
  enter(company: Company): Promise<void> | undefined {
    if (this.#waiting.length === 0 && this.#admits(company)) {
      this.#running[company] += 1
      return undefined
    }
    return new Promise((begin) => this.#waiting.push({ company, begin }))
  }

  leave(company: Company): void {
    this.#running[company] -= 1
    for (let next = this.#waiting[0]; next && this.#admits(next.company); next = this.#waiting[0]) {
      this.#waiting.shift()
      this.#running[next.company] += 1
      next.begin()
    }
  }

  #admits(company: Company): boolean {
    if (this.isTaken) return false
    if (company === 'few') return this.#running.few < few
    return company === 'any' || this.#running.any + this.#running.few === 0
  }
}
