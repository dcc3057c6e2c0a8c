import { Pool } from 'pg'

/** What KEDA's `postgresql` trigger asks in the cluster, of a view that the runtime's migrations make. */
const timersDue = 'select due from due_timers'

/**
 * Looks for due timers in the databases of handlers.
 *
 * @param databases URL by handler
 */
export function timersOf(databases: Readonly<Record<string, string>>) {
  const pools = new Map(
    Object.entries(databases).map(([handler, connectionString]) => {
      const pool = new Pool({ connectionString, max: 1, connectionTimeoutMillis: 3_000, query_timeout: 3_000 })
      // A connection that is lost while idle is made anew by the next query, which says so if it cannot.
      pool.on('error', () => undefined)
      return [handler, pool] as const
    }),
  )

  return {
    /** 1 or 0 for a handler; `undefined` when its database does not answer within 3 s. */
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
