import { DatabaseLost } from '../database/lost.ts'
import type { Unavailable } from '../failures.ts'
import { Breaker } from './breaker.ts'

/** Milliseconds without the end of any transaction after which the database counts as silent. */
const silentAfter = 4_000

/** What the last transactions tell of the database and of the dependencies that an `apply` uses. */
export class Health {
  readonly #breaker: Breaker
  /** Why the database is lost, until it has answered often enough. */
  #lost: DatabaseLost | undefined
  #answeredAt = 0

  constructor(changed: (dependency: string, open: boolean) => void) {
    this.#breaker = new Breaker(changed)
  }

  /** The dependency for which transactions wait, if they do. */
  get paused(): string | undefined {
    return this.#breaker.open
  }

  /** Whether the database is lost: it need not be what transactions wait for. */
  get databaseLost(): boolean {
    return this.#lost !== undefined
  }

  /** Whether transactions wait for the database, not for another dependency. */
  get pausedByDatabase(): boolean {
    return this.#lost !== undefined && this.#lost.dependency === this.#breaker.open
  }

  /** After a rest, the silence of the database counts from now. */
  begins(): void {
    this.#answeredAt = performance.now()
  }

  answered(): void {
    this.#breaker.succeeded()
    this.#answeredAt = performance.now()
    if (this.#breaker.open === undefined) this.#lost = undefined
  }

  failed(error: Unavailable): void {
    this.#breaker.failed(error.dependency)
    if (error instanceof DatabaseLost) this.#lost = error
  }

  /**
   * Why a caller need not wait for a transaction: the database is known to be lost, or silent.
   *
   * @param working whether a transaction is under way, so that silence means something
   */
  unusable(working: boolean): DatabaseLost | undefined {
    if (this.pausedByDatabase && !this.#breaker.recovering) return this.#lost
    if (!working || performance.now() - this.#answeredAt < silentAfter) return undefined
    return this.#lost ?? new DatabaseLost(new Error(`no transaction has ended for ${silentAfter} ms`))
  }
}
