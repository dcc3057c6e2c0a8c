import { setTimeout as sleep } from 'node:timers/promises'
import { DatabaseError, type Client } from 'pg'
import { clientOf } from '../database/client.ts'
import { judge } from '../database/lost.ts'

/**
 * Connects to a database, waiting for one that does not answer yet.
 *
 * @param say called once, with the reason, if it has to wait
 * @param patience how long to wait, in milliseconds
 * @throws Error when it has not answered by then, or at once when it rejects this user
 */
export async function reach(url: string, say: (sentence: string) => void, patience = 120_000): Promise<Client> {
  const { host } = new URL(url)
  const givesUp = Date.now() + patience
  for (let waits = false; ; waits = true) {
    const client = clientOf(url, { connectionTimeoutMillis: 5_000 })
    // The query that runs on a broken connection rejects with the reason.
    client.on('error', () => undefined)
    try {
      await client.connect()
      return client
    } catch (cause) {
      void client.end().catch(() => undefined)
      const error = cause as NodeJS.ErrnoException
      const reason = error.message || error.code
      if (error instanceof DatabaseError && judge(error) !== 'lost') throw new Error(`${host}: ${reason}`, { cause })
      if (Date.now() > givesUp)
        throw new Error(`the database at ${host} did not answer for ${patience / 1_000} s: ${reason}`, { cause })
      if (!waits) say(`waiting for the database at ${host}: ${reason}`)
      await sleep(500)
    }
  }
}
