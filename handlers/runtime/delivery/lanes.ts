/** Work of one key in turn, that of different keys at once. */
export class Lanes {
  readonly #last = new Map<string, Promise<unknown>>()

  /** How many keys have work in hand. */
  get count(): number {
    return this.#last.size
  }

  /** Does the work once all earlier work of its key has ended, however it ended. */
  async inTurn<Result>(key: string, work: () => Promise<Result>): Promise<Result> {
    const before = this.#last.get(key)
    const mine = before ? before.then(work, work) : work()
    this.#last.set(key, mine)
    try {
      return await mine
    } finally {
      if (this.#last.get(key) === mine) this.#last.delete(key)
    }
  }
}
