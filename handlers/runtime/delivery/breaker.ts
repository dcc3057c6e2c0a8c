const opensAfter = 5
const closesAfter = 5

/**
 * Whether a handler may work. Five failures in a row of what it depends on open the breaker: it then works on one message at a
 * time, as a probe; five successes in a row close it again.
 */
export class Breaker {
  readonly #changed: (dependency: string, open: boolean) => void
  #failures = 0
  #probes = 0
  #dependency: string | undefined

  constructor(changed: (dependency: string, open: boolean) => void) {
    this.#changed = changed
  }

  /** What is down, while the breaker is open. */
  get open(): string | undefined {
    return this.#dependency
  }

  /** Whether probes have begun to succeed: work resumes one by one, without waiting for the next probe. */
  get recovering(): boolean {
    return this.#probes > 0
  }

  failed(dependency: string): void {
    this.#failures += 1
    this.#probes = 0
    if (this.#failures < opensAfter || this.#dependency !== undefined) return
    this.#dependency = dependency
    this.#changed(dependency, true)
  }

  succeeded(): void {
    this.#failures = 0
    if (this.#dependency === undefined || ++this.#probes < closesAfter) return
    this.#changed(this.#dependency, false)
    this.#dependency = undefined
    this.#probes = 0
  }
}
