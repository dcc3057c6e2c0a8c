import { poolOf } from '#runtime/database/client.ts'

/** The query of KEDA's `postgresql` trigger in the cluster; the runtime's migrations create the view. */
const timersDue = 'select due from due_timers'

/**
 * Reads whether timers are due from the databases of handlers.
 *
 * @param databases the URL of each handler's database
 */
export function timersOf(databases: Readonly<Record<string, string>>) {
  const pools = new Map(
    Object.entries(databases).map(([handler, url]) => {
      const pool = poolOf(url, { max: 1, connectionTimeoutMillis: 3_000, query_timeout: 3_000 })
      // The next query replaces a connection that was lost while idle, and fails if it cannot.
      pool.on('error', () => undefined)
      return [handler, pool] as const
    }),
  )

  return {
    /** 1 if a timer is due, otherwise 0; `undefined` if the database does not respond within 3 s. */
    async due(handler: string): Promise<number | undefined> {
      const pool = pools.get(handler)
      if (!pool) return 0
      try {
        const { rows } = await pool.query<{ due: number }>(timersDue)
        return rows[0]?.due
      } catch {
        return undefined
      }
    },
    async close(): Promise<void> {
      await Promise.all([...pools.values()].map((pool) => pool.end()))
    },
  }
}
