import type pg from 'pg'

/** The first half of the key of each seat's lock; the second is its number. */
const lock = 1_953_458_276

/** Where a replica stands among those that run. */
export interface Standing {
  /** From 0, by the number of its seat. */
  readonly rank: number
  readonly replicas: number
}

/**
 * A place among the replicas that run: a lock of the session, so that it is free as soon as its replica has gone. It only decides which
 * queues the replica consumes; that each has one consumer at a time is the broker's business.
 */
export class Seat {
  readonly #most: number
  #session: pg.Client | undefined
  #number: number | undefined

  /** @param most more seats than replicas that may run at a time */
  constructor(most: number) {
    this.#most = most
  }

  /** Takes the lowest seat that is free, once for each session. @returns undefined if none was free */
  async look(client: pg.Client): Promise<Standing | undefined> {
    if (client !== this.#session) this.#number = undefined
    this.#session = client
    this.#number ??= await this.#take(client)
    const { rows } = await client.query<{ seat: number }>(
      `select objid::int as seat from pg_locks
       where locktype = 'advisory' and classid = ${lock} and objsubid = 2 and granted
         and database = (select oid from pg_database where datname = current_database())`,
    )
    const rank = rows.filter(({ seat }) => this.#number !== undefined && seat < this.#number).length
    return this.#number === undefined ? undefined : { rank, replicas: rows.length }
  }

  async #take(client: pg.Client): Promise<number | undefined> {
    const { rows } = await client.query<{ seat: number }>(
      `select seat from generate_series(0, $1::int - 1) as seat where pg_try_advisory_lock(${lock}, seat) limit 1`,
      [this.#most],
    )
    return rows[0]?.seat
  }
}
