import type pg from 'pg'

/** Milliseconds between two looks for a lower seat. */
const lookEvery = 5_000
const lock = `hashtext('warren seats')`

/**
 * The number of this replica among those that run: the lowest that is free, by a lock of the session. It only decides how much the replica
 * wants each queue, so two replicas with one number, after a lost session, harm nothing but the balance.
 */
export class Seat {
  readonly #most: number
  #session: pg.Client | undefined
  #lookAt = 0
  /** From 0; the number of seats while it has none. */
  number: number

  /** @param most more seats than replicas that may run at a time: the number until the first look */
  constructor(most: number) {
    this.#most = most
    this.number = most
  }

  /** Takes a lower seat, if one is free by now. @returns whether the seat is another one */
  async look(client: pg.Client): Promise<boolean> {
    const isFresh = client !== this.#session
    if (!isFresh && performance.now() < this.#lookAt) return false
    this.#session = client
    this.#lookAt = performance.now() + lookEvery
    const before = this.number
    const { rows } = await client.query<{ seat: number }>(
      `select seat from generate_series(0, $1::int - 1) as seat where pg_try_advisory_lock(${lock}, seat) limit 1`,
      [isFresh ? this.#most : before],
    )
    this.number = rows[0]?.seat ?? (isFresh ? this.#most : before)
    if (this.number !== before && !isFresh) await client.query(`select pg_advisory_unlock(${lock}, $1::int)`, [before])
    return this.number !== before
  }
}
