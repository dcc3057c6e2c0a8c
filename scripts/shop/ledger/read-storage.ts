import { scheduleType } from '#runtime/schedule.ts'
import type { Client } from 'pg'
import type { Manifest } from '#runtime/manifest/index.ts'
import type { Storage } from './books.ts'
import { inDatabase } from './database.ts'

type Kept = { handler: string; id: string; type: string }

/** What the runtime keeps in the databases of handlers, by handler: one URL each. */
export async function readStorage(
  databases: Readonly<Record<string, string>>,
  manifests: readonly Manifest[],
): Promise<Storage> {
  const handlers = Object.keys(databases)
  const kept = await Promise.all(
    handlers.map((handler) => inDatabase(databases, handler, (client) => keptBy(handler, client))),
  )
  const outputs = kept.flatMap((one) => one.outputs)

  const consumers = new Map<string, string[]>()
  for (const { name, handles, subscribes } of manifests.filter(({ name }) => handlers.includes(name))) {
    for (const type of new Set([...handles, ...subscribes.map(({ type }) => type)])) {
      consumers.set(type, [...(consumers.get(type) ?? []), name])
    }
  }
  const ids = outputs.map(({ id }) => id)
  const handled = await Promise.all(
    handlers.map((handler) =>
      inDatabase(databases, handler, async (client) => {
        const { rows } = await client.query<{ id: string }>('select id from inbox where id = any($1::uuid[])', [ids])
        return [handler, new Set(rows.map(({ id }) => id))] as const
      }),
    ),
  )
  return {
    outbox: kept.flatMap((one) => one.outbox),
    outputs,
    timers: kept.flatMap((one) => one.timers),
    consumers,
    handled: new Map(handled),
  }
}

async function keptBy(handler: string, client: Client) {
  const outbox = await client.query<{ message: string }>('select message from outbox')
  const inbox = await client.query<{ outputs: string }>('select outputs from inbox where outputs is not null')
  // A timer that is being handled is moved on by 30 s at a time, so no process holds one that is later than that.
  const timers = await client.query<{ name: string | null; overdue: boolean }>(
    // Those of schedules are never done.
    `select name, due < now() - interval '60 s' as overdue from timers where not starts_with(message::json->>'type', $1)`,
    [scheduleType],
  )
  const told = ({ id, type }: Kept): Kept => ({ handler, id, type })
  return {
    outbox: outbox.rows.map(({ message }) => told(JSON.parse(message) as Kept)),
    outputs: inbox.rows.flatMap(({ outputs }) => (JSON.parse(outputs) as Kept[]).map(told)),
    timers: timers.rows.map(({ name, overdue }) => ({ handler, name: name ?? undefined, overdue })),
  }
}
