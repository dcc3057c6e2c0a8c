import type { Client } from 'pg'
import { clientOf } from '#runtime/database/client.ts'
import type { Manifest } from '#runtime/manifest/index.ts'
import { header } from '#runtime/message/headers.ts'
import { timerId, type Outgoing } from '#runtime/message/outgoing.ts'

/** A handler's database. */
export interface Keeper {
  readonly handler: string
  readonly url: string
}

/**
 * The databases that can keep a message until it is due: one of each receiver.
 *
 * @throws a sentence that names a receiver without a database, or whose database cannot be reached from here
 */
export function keepersFor(
  receivers: readonly string[],
  manifests: readonly Pick<Manifest, 'name' | 'database'>[],
  databases: Readonly<Record<string, string>>,
): Keeper[] {
  return receivers.map((handler) => {
    const url = databases[handler]
    if (url !== undefined) return { handler, url }
    const { database } = manifests.find(({ name }) => name === handler) ?? {}
    throw new Error(
      database
        ? `--delay keeps the message in the database of ${handler}, which cannot be reached from here: send it without --delay when it is time`
        : `--delay keeps the message as a timer in the database of its handler, and ${handler} has none (database: true in its handler.yaml): send it without --delay when it is time`,
    )
  })
}

/**
 * Stores a message as a timer in the database of each receiver, in all or in none of them unless a commit is lost. When it is due, the
 * receiver's own process moves it to its own queue, by the shortest retry tier: no other exchange leads to that queue alone. From there
 * it is as if the operator had sent it then: with all attempts, and dead letters.
 *
 * @param user who sends it
 * @returns when it is due, by the clock of the first database
 */
export async function keep(
  message: Outgoing,
  { keepers, user, delay }: { keepers: readonly Keeper[]; user: string; delay: number },
): Promise<Date> {
  const open: Client[] = []
  try {
    const dues: Date[] = []
    for (const { handler, url } of keepers) {
      const client = clientOf(url, { connectionTimeoutMillis: 5_000 })
      client.on('error', () => undefined)
      open.push(client)
      await client.connect().catch((cause: unknown) => {
        throw new Error(
          `the database of ${handler} cannot be reached: ${(cause as Error).message}; nothing was stored`,
          { cause },
        )
      })
      await client.query('begin')
      const { rows } = await client.query<{ due: Date }>(
        `insert into timers (id, due, message) values ($1, clock_timestamp() + $2 * interval '1 ms', $3) returning due`,
        [timerId(message.id), delay, JSON.stringify(asTimer(message, handler, user, delay))],
      )
      dues.push(rows[0]!.due)
    }
    for (const client of open) await client.query('commit')
    return dues[0]!
  } finally {
    await Promise.all(open.map((client) => client.end().catch(() => undefined)))
  }
}

/** The headers are those of a message that comes back to its handler: who sent it, and with which key. */
function asTimer(message: Outgoing, handler: string, user: string, delay: number): Outgoing {
  return {
    ...message,
    exchange: 'delay',
    key: `1s.${handler}`,
    headers: {
      ...message.headers,
      [header.originUser]: user,
      [header.originKey]: message.key,
      [header.publishedAt]: Date.now() + delay,
    },
  }
}
