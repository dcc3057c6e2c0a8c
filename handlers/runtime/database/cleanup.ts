import type pg from 'pg'
import { inboxRetentionDays } from '../manifest/limits.ts'
import { sendNamed } from './connection.ts'
import type { InboxRow } from './inbox.ts'

/**
 * Handled messages of the given time whose outputs were never marked as confirmed, up to 100. They are found by time, for which
 * BRIN suffices: an index on unconfirmed rows would change with every confirm.
 *
 * @param since how far back to look, as an interval of PostgreSQL
 */
export async function unmarkedRows(client: pg.Client, since: string): Promise<Pick<InboxRow, 'id' | 'body_hash'>[]> {
  const { rows } = await sendNamed<Pick<InboxRow, 'id' | 'body_hash'>>(
    client,
    'unmarked',
    `select id, body_hash from inbox where handled_at between now() - $1::interval and now() - interval '1 min' and outputs is not null limit 100`,
    [since],
  )
  return rows
}

/**
 * Deletes up to 1,000 inbox rows that are older than the retention. A row whose outputs were never confirmed is kept.
 *
 * @returns whether more may be left
 */
export async function deleteOldRows(client: pg.Client): Promise<boolean> {
  const { rowCount } = await sendNamed(
    client,
    'forget',
    `delete from inbox where id in (select id from inbox where handled_at < now() - interval '${inboxRetentionDays} days' and outputs is null limit 1000)`,
    [],
  )
  return rowCount === 1_000
}
