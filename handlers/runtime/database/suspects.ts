import type pg from 'pg'
import { all, send, sendNamed } from './connection.ts'

/** How often the process has ended while each of these messages was under way; those without such an end are left out. */
export async function deathsOf(client: pg.Client, ids: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const { rows } = await sendNamed<{ id: string; deaths: number }>(
    client,
    'deaths',
    'select id, deaths from suspects where id = any($1::uuid[])',
    [ids],
  )
  return new Map(rows.map(({ id, deaths }) => [id, deaths]))
}

/**
 * Notes that messages are about to run: for each that is not cleared, that was a death. The note has to survive the end of this process, not
 * that of the server, so its commit does not wait for the disk.
 *
 * @param cleared messages that have come back since the last note, with whatever result: they did not end the process
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
      `insert into suspects (id) select unnest($1::uuid[])
       on conflict (id) do update set deaths = suspects.deaths + 1, marked_at = now()`,
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
