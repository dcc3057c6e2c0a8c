import { poolOf } from '#runtime/database/client.ts'

/** Timers are counted up to here: a table of a million must not be read every second. */
export const mostTimers = 10_000
/** `due` is what KEDA's `postgresql` trigger asks in the cluster; the runtime's migrations create the view. */
const timersNow = `
  select due, (select count(*)::int from (select from timers limit ${mostTimers}) as counted) as pending from due_timers`

/** The timers of a handler. */
export interface Timers {
  /** 1 if a timer is due, otherwise 0. */
  readonly due: number
  /** Rows of its table, due or not. */
  readonly pending: number
}

/**
 * Reads the timers of handlers from their databases.
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
    /** None of a handler without a database; `undefined` if the database does not respond within 3 s. */
    async read(handler: string): Promise<Timers | undefined> {
      const pool = pools.get(handler)
      if (!pool) return { due: 0, pending: 0 }
      try {
        const { rows } = await pool.query<Timers>(timersNow)
        return rows[0]
      } catch {
        return undefined
      }
    },
    async close(): Promise<void> {
      await Promise.all([...pools.values()].map((pool) => pool.end()))
    },
  }
}
