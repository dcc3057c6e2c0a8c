import { setTimeout as sleep } from 'node:timers/promises'
import { Client, DatabaseError } from 'pg'
import { isConnectionLost } from '../database/lost.ts'

/**
 * Connects to a database, waiting for one that does not answer yet.
 *
 * @param say hears once that it waits, and why
 * @param patience milliseconds
 * @throws a sentence when it has not answered by then, or at once when it does not let this user in
 */
export async function reach(url: string, say: (sentence: string) => void, patience = 120_000): Promise<Client> {
  const { host } = new URL(url)
  const givesUp = Date.now() + patience
  for (let waits = false; ; waits = true) {
    const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 })
    // What breaks a connection is told to the query that runs on it.
    client.on('error', () => undefined)
    try {
      await client.connect()
      return client
    } catch (cause) {
      void client.end().catch(() => undefined)
      const error = cause as NodeJS.ErrnoException
      const reason = error.message || error.code
      if (error instanceof DatabaseError && !isConnectionLost(error)) throw new Error(`${host}: ${reason}`, { cause })
      if (Date.now() > givesUp)
        throw new Error(`the database at ${host} did not answer for ${patience / 1_000} s: ${reason}`, { cause })
      if (!waits) say(`waiting for the database at ${host}: ${reason}`)
      await sleep(500)
    }
  }
}
