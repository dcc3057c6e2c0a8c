import { randomUUID } from 'node:crypto'
import { sendNamed, type Database } from './connection.ts'

/** Records in the handler's database that this replica waits for a dependency, so that a trace shows why its messages stand still. */
export class Pauses {
  readonly #database: Database
  readonly #replica = randomUUID()
  #isNoted = false

  constructor(database: Database) {
    this.#database = database
  }

  /**
   * Notes a pause again, or its end. Without any it does nothing. Must not run beside a transaction: they share one connection.
   *
   * @param dependency for which the replica waits, if it does
   * @throws `DatabaseLost` when the database does not answer
   */
  async note(dependency: string | undefined): Promise<void> {
    if (dependency === undefined && !this.#isNoted) return
    await this.#database.use((client) =>
      dependency === undefined
        ? sendNamed(client, 'resumed', `delete from pauses where replica = $1 or seen < now() - interval '1 day'`, [
            this.#replica,
          ])
        : sendNamed(
            client,
            'paused',
            `insert into pauses (replica, dependency) values ($1, $2)
             on conflict (replica) do update set seen = now(), dependency = excluded.dependency`,
            [this.#replica, dependency],
          ),
    )
    this.#isNoted = dependency !== undefined
  }
}
