import type pg from 'pg'
import { all, send, sendNamed } from './connection.ts'

/** Whether the session that marked a suspect has gone. If not, its message is still under way there, and its queue has moved. */
const hasGone = `(not exists (select from pg_stat_activity
  where pid = suspects.marked_by and backend_start <= suspects.marked_at))::int`

/**
 * How often the process has ended while each of these messages was under way; those without such an end are left out.
 *
 * @param cleared messages that have come back since the last question or note, with whatever result: they did not end the process
 */
export async function deathsOf(
  client: pg.Client,
  ids: readonly string[],
  cleared: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const [, found] = await all([
    clearSuspects(client, cleared),
    sendNamed<{ id: string; deaths: number }>(
      client,
      'deaths',
      `select id, deaths + ${hasGone} as deaths from suspects where id = any($1::uuid[])`,
      [ids],
    ),
  ])
  const { rows } = found as pg.QueryResult<{ id: string; deaths: number }>
  return new Map(rows.map(({ id, deaths }) => [id, deaths]))
}

/**
 * Notes that messages are about to run: one that is not cleared before this database connection ends has died with it. The note has to
 * survive the end of this process, not that of the server, so its commit does not wait for the disk.
 */
export async function markSuspects(
  client: pg.Client,
  ids: readonly string[],
  cleared: readonly string[],
): Promise<ReadonlyMap<string, true>> {
  await all([
    send(client, 'begin'),
    send(client, 'set local synchronous_commit to off'),
    clearSuspects(client, cleared),
    sendNamed(
      client,
      'suspects',
      `insert into suspects (id, marked_by) select unnest($1::uuid[]), pg_backend_pid()
       on conflict (id) do update
         set deaths = suspects.deaths + ${hasGone}, marked_by = excluded.marked_by, marked_at = excluded.marked_at`,
      [ids],
    ),
    send(client, 'commit'),
  ])
  return new Map(ids.map((id) => [id, true]))
}

/** Forgets messages that did not end the process, and those that came to an end before that could be noted. */
export function clearSuspects(client: pg.Client, cleared: readonly string[]): Promise<pg.QueryResult> {
  return sendNamed(
    client,
    'suspects_cleared',
    `delete from suspects where id = any($1::uuid[]) or marked_at < now() - interval '1 day'`,
    [cleared],
  )
}
