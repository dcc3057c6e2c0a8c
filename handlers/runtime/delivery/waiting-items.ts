import type { Called } from './apply.ts'
import type { Outcome } from './outcome.ts'
import { isAlive } from './work-item.ts'

/** What became of an item: the outcome of its transaction, the error of the item alone, or nothing because it was let go. */
export type Ended = Outcome | { readonly kind: 'failed'; readonly error: unknown } | { readonly kind: 'let go' }

export interface Waiting {
  readonly called: Called
  readonly since: number
  readonly end: (ended: Ended) => void
}

/** Items that wait for a transaction. A caller waits for the result of submitted work, so it goes before items that nothing waits for. */
export class WaitingItems {
  #items: Waiting[] = []

  get count(): number {
    return this.#items.length
  }

  get first(): Waiting | undefined {
    return this.#items[0]
  }

  add(item: Waiting): void {
    const behind = isSubmission(item.called) ? this.#items.findIndex(({ called }) => !isSubmission(called)) : -1
    if (behind < 0) this.#items.push(item)
    else this.#items.splice(behind, 0, item)
  }

  /** Takes the first ones, up to this many; those that have died meanwhile are let go, and take no place of others. */
  take(most: number): Waiting[] {
    const taken: Waiting[] = []
    while (taken.length < most) {
      const next = this.#items.shift()
      if (!next) break
      if (isAlive(next.called.item)) taken.push(next)
      else next.end({ kind: 'let go' })
    }
    return taken
  }

  putFirst(items: readonly Waiting[]): void {
    this.#items.unshift(...items)
  }

  putLast(items: readonly Waiting[]): void {
    this.#items.push(...items)
  }

  letGoOfAll(): void {
    for (const { end } of this.#items.splice(0)) end({ kind: 'let go' })
  }

  /** Ends all submissions with this error: their callers rather know now than wait. */
  failSubmissions(error: Error): void {
    const submissions = this.#items.filter(({ called }) => isSubmission(called))
    this.#items = this.#items.filter(({ called }) => !isSubmission(called))
    for (const { end } of submissions) end({ kind: 'failed', error })
  }
}

export function isSubmission({ item }: Called): boolean {
  return item.source.kind === 'submission'
}
