/**
 * Which deliveries of one channel can be acknowledged, and how. A multiple acknowledgement past an unsettled delivery would lose
 * it, so it goes up to the lowest unsettled tag; what is settled beyond is acknowledged one by one.
 */
export class SettledTags {
  /** Unacknowledged tags in the order of their delivery, which is ascending. */
  readonly #open = new Set<number>()

  get size(): number {
    return this.#open.size
  }

  delivered(tag: number): void {
    this.#open.add(tag)
  }

  /** The acknowledgements for these newly settled tags: at most one is multiple, and it comes first. */
  settle(tags: readonly number[]): { tag: number; multiple: boolean }[] {
    const settled = new Set(tags)
    let upTo: number | undefined
    for (const tag of this.#open) {
      if (!settled.has(tag)) break
      upTo = tag
      this.#open.delete(tag)
      settled.delete(tag)
    }
    const single = [...settled].filter((tag) => this.#open.delete(tag)).map((tag) => ({ tag, multiple: false }))
    return upTo === undefined ? single : [{ tag: upTo, multiple: true }, ...single]
  }
}
