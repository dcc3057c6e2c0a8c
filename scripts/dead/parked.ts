import type { Client } from 'pg'
import { clientOf } from '#runtime/database/client.ts'
import { fingerprint } from '#runtime/message/validate.ts'
import type { History } from '#runtime/message/history.ts'
import { fromStored } from '#runtime/message/stored-delivery.ts'
import type { Held } from '#runtime/redrive/read.ts'

interface Resting {
  readonly id: string
  readonly key: string
  readonly message: string
  readonly history: string
  readonly reason: string
  readonly error: string | null
  readonly parked_at: Date
  readonly behind: number
}

const resting = `
  select id, key, message, history, reason, error, parked_at,
    (select count(*)::int from parked as other where other.key = parked.key and not other.done) - 1 as behind
  from parked where reason is not null and not done order by position limit 10000`

/**
 * Yields the messages of an ordered handler that rest with all that follows of their key, the oldest first. Sent back, a message is tried
 * again at once, and its key goes on in order once it is handled; discarded, it lets the next one be tried.
 */
export async function* readParked(url: string, handler: string): AsyncGenerator<Held> {
  const client = clientOf(url, { connectionTimeoutMillis: 5_000 })
  client.on('error', () => undefined)
  await client.connect()
  try {
    const { rows } = await client.query<Resting>(resting)
    for (const row of rows) yield heldOf(client, handler, row)
  } finally {
    await client.end()
  }
}

function heldOf(client: Client, handler: string, row: Resting): Held {
  const { id, key, reason, error, parked_at: diedAt, behind } = row
  const message = fromStored(row.message)
  const { attempt: attempts, user, key: originKey } = JSON.parse(row.history) as History
  return {
    message,
    letter: {
      handler,
      id,
      type: String(message.properties.type),
      reason,
      error: `${error ?? ''} (parked: ${behind} more of the key ${key} wait behind it)`,
      stack: undefined,
      diedAt,
      since: diedAt,
      attempts,
      redrives: 0,
      scheduledRedrives: 0,
      version: undefined,
      origin: { user, key: originKey },
    },
    async release() {
      const fresh = JSON.stringify({ ...JSON.parse(row.history), attempt: 1, deferrals: 0, crashes: 0 })
      await client.query(
        'update parked set due = now(), reason = null, leases = 0, history = $2 where id = $1 and reason is not null',
        [id, fresh],
      )
    },
    /** The inbox remembers it: delivered once more after a crash, it must not be handled. */
    async ack() {
      await client.query('begin')
      await client.query('delete from parked where id = $1', [id])
      await client.query('insert into inbox (id, body_hash) values ($1, $2) on conflict do nothing', [
        id,
        fingerprint(message),
      ])
      await client.query(
        `update parked set due = now() where reason is null and position =
           (select min(position) from parked where key = $1 and not done)`,
        [key],
      )
      await client.query('commit')
    },
  }
}
