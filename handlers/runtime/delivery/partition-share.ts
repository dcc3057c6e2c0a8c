import type pg from 'pg'
import { ownersOf } from '../broker/shares.ts'
import { Seat, type Standing } from '../database/seat.ts'

/**
 * Milliseconds for which the replicas must be the same before one gives up queues: one that ends and starts again gets its queues back. What
 * has become its own it consumes at once, beside the replica that has it still.
 */
const settlesAfter = 3_000

/** The queues of a handler with partitions that this replica consumes: its share among the replicas that run. */
export class PartitionShare {
  readonly #queues: readonly string[]
  readonly #change: (queues: readonly string[]) => void
  readonly #seat: Seat
  #standing: Standing | undefined
  #since = 0
  #mine: readonly string[] = []

  /** @param change called with the queues to consume whenever they are others */
  constructor(queues: readonly string[], change: (queues: readonly string[]) => void) {
    this.#queues = queues
    this.#change = change
    this.#seat = new Seat(2 * queues.length)
  }

  /** Looks which replicas run now. Without an answer the queues stay as they are. */
  async look(client: pg.Client): Promise<void> {
    const now = await this.#seat.look(client)
    const { rank, replicas } = now ?? { rank: this.#queues.length, replicas: this.#queues.length }
    if (rank !== this.#standing?.rank || replicas !== this.#standing.replicas) this.#since = performance.now()
    this.#standing = { rank, replicas }
    const owners = ownersOf(this.#queues.length, replicas)
    const own = this.#queues.filter((_, index) => owners[index] === rank)
    const isSettled = performance.now() - this.#since >= settlesAfter
    const next = isSettled ? own : [...new Set([...this.#mine, ...own])]
    if (next.length === this.#mine.length && next.every((queue) => this.#mine.includes(queue))) return
    this.#mine = next
    this.#change(next)
  }
}
