import { refusalOf, type Fate } from './fate.ts'

/** The answer of a confirm channel to one publication; `suspected` when the broker closed the channel because of one of several. */
export type Answer = Fate | 'suspected'

/** The publications of one confirm channel that the broker has not answered yet. */
export class Unanswered {
  /** The oldest first. */
  readonly #open = new Set<{ readonly since: number }>()
  /** A confirm is not a delivery: a returned message is confirmed all the same, and its return comes first. */
  readonly #returned = new Map<string, number>()
  #clockStarted = 0
  #closedBy: unknown

  /** Why the broker closed the channel, if it did. */
  get closedBy(): unknown {
    return this.#closedBy
  }

  /** Milliseconds for which the oldest one has been waiting. */
  get longestWait(): number {
    const [oldest] = this.#open
    return oldest ? performance.now() - Math.max(oldest.since, this.#clockStarted) : 0
  }

  /** While the broker accepts nothing it owes no confirm: the wait starts over now. */
  restartClock(): void {
    this.#clockStarted = performance.now()
  }

  returned(messageId: string): void {
    this.#returned.set(messageId, (this.#returned.get(messageId) ?? 0) + 1)
  }

  closed(reason: unknown): void {
    this.#closedBy = reason
  }

  /** @returns the callback for the confirm of this publication, or for what publishing it threw; `settle` gets the answer */
  add(messageId: string, settle: (answer: Answer) => void): (error: unknown) => void {
    const entry = { since: performance.now() }
    this.#open.add(entry)
    return (error) => {
      this.#open.delete(entry)
      settle(this.#answer(messageId, error))
    }
  }

  #answer(messageId: string, error: unknown): Answer {
    if (this.#takeReturn(messageId)) return 'returned'
    if (!error) return 'confirmed'
    // The messages of amqplib: its callbacks get the first two, and publishing on a closed channel throws the third.
    const { message, name } = error as Error
    if (message === 'message nacked') return 'nacked'
    if (message === 'channel closed') return refusalOf(this.#closedBy) === undefined ? 'unknown' : 'suspected'
    return name === 'IllegalOperationError' ? 'unknown' : 'unencodable'
  }

  #takeReturn(messageId: string): boolean {
    const returns = this.#returned.get(messageId)
    if (returns === undefined) return false
    if (returns > 1) this.#returned.set(messageId, returns - 1)
    else this.#returned.delete(messageId)
    return true
  }
}
