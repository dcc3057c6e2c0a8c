import type { ChannelModel } from 'amqplib'
import type { Client } from 'pg'
import type { AnyContract } from 'warren'
import { logIn } from '#runtime/broker/login.ts'
import { clientOf } from '#runtime/database/client.ts'
import type { Manifest } from '#runtime/manifest/index.ts'
import type { Outgoing } from '#runtime/message/outgoing.ts'
import { peek } from '#runtime/redrive/peek.ts'
import { queueNames, tiers, unrouted, waitQueue } from '#runtime/topology/index.ts'
import { earlierVersions, readAs } from '#runtime/upcast.ts'
import type { System } from '../inspect/system.ts'
import { journalOf, recordsSince } from '../journal/read.ts'

/** Messages of a running system that no handler could read with today's contracts: those of one place and type, for one reason. */
export interface Lost {
  readonly place: string
  readonly type: string
  readonly why: string
  readonly count: number
  /** The id of the first of them. */
  readonly example: string | undefined
}

export interface Survey {
  /** Messages that were looked at. */
  readonly checked: number
  readonly lost: readonly Lost[]
  /** Places that could not be looked at, one sentence each. */
  readonly unread: readonly string[]
}

interface Found {
  readonly id: string | undefined
  readonly type: string | undefined
  readonly body: string
}

/** Milliseconds without a delivery after which a retry tier counts as read: its messages must go on when their time has come. */
const patience = 200

/**
 * Reads what waits in a running system against these contracts, and changes nothing: retries, dead letters and `unrouted` on the broker;
 * timers, stored outputs and the outbox in the databases; and the journal. What waits in the queue of a handler cannot be read without
 * taking it, but the journal has it.
 *
 * @param since how far back the journal is read, in milliseconds
 */
export async function survey(
  system: System,
  manifests: readonly Manifest[],
  contracts: ReadonlyMap<string, AnyContract>,
  since: number,
): Promise<Survey> {
  const groups = new Map<string, Lost>()
  const unread: string[] = []
  let checked = 0
  const note = (place: string, { id, type = '(no type)', body }: Found) => {
    checked++
    const why = flawOf(type, body, contracts)
    if (why === undefined) return
    const key = JSON.stringify([place, type, why])
    const known = groups.get(key)
    groups.set(key, known ? { ...known, count: known.count + 1 } : { place, type, why, count: 1, example: id })
  }

  const connection = await logIn(system.amqpUrl)
  connection.on('error', () => undefined)
  try {
    const dead = manifests.flatMap((manifest) => queueNames(manifest, 'dead-letters'))
    for (const queue of [...tiers.map(waitQueue), ...dead, unrouted])
      await readQueue(connection, queue, note).catch((error: unknown) => unread.push((error as Error).message))
  } finally {
    await connection.close()
  }
  for (const { name } of manifests.filter(({ database }) => database))
    await within(system, name, (client) => readStored(client, name, note)).catch((error: unknown) =>
      unread.push((error as Error).message),
    )
  if (manifests.some(({ records }) => records)) {
    const { keeper } = journalOf(manifests, system)
    await within(system, keeper.name, async (client) => {
      for await (const { id, type, body, encoding, bytes } of recordsSince(client, new Date(Date.now() - since))) {
        // What is larger than the journal keeps, or no text, no contract takes.
        if (encoding === 'text' && Buffer.byteLength(body) === bytes)
          note('the journal', { id: id ?? undefined, type: type ?? undefined, body })
      }
    }).catch((error: unknown) => unread.push((error as Error).message))
  }
  return { checked, lost: [...groups.values()], unread }
}

async function readQueue(connection: ChannelModel, queue: string, note: (place: string, found: Found) => void) {
  for await (const { message } of peek(connection, queue, queue.startsWith('wait.') ? patience : undefined)) {
    const { messageId, type } = message.properties as { messageId?: string; type?: string }
    note(queue, { id: messageId, type, body: message.content.toString() })
  }
}

/** Messages in the tables of a handler that are still to be published. A timer for the handler itself has no contract. */
async function readStored(client: Client, handler: string, note: (place: string, found: Found) => void) {
  const { rows } = await client.query<{ place: string; messages: string }>(
    `select 'timers' as place, '[' || message || ']' as messages from timers
     union all select 'outbox', '[' || message || ']' from outbox
     union all select 'inbox', outputs from inbox where outputs is not null`,
  )
  for (const { place, messages } of rows)
    for (const { id, type, body, exchange } of JSON.parse(messages) as Outgoing[])
      if (exchange !== 'timers') note(`${place} of ${handler}`, { id, type, body })
}

async function within<Value>({ handlers }: System, handler: string, work: (client: Client) => Promise<Value>) {
  const url = handlers[handler]?.databaseUrl
  if (url === undefined) throw new Error(`the database of ${handler} is not within reach`)
  const client = clientOf(url, { connectionTimeoutMillis: 5_000 })
  client.on('error', () => undefined)
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** Why no handler could read it: by its own contract, and by every later version that takes it. */
function flawOf(type: string, body: string, contracts: ReadonlyMap<string, AnyContract>): string | undefined {
  const takers = [...contracts.values()].filter((contract) =>
    [contract, ...earlierVersions(contract)].some((each) => each.type === type),
  )
  if (takers.length === 0) return 'no contract defines it'
  let data: unknown
  try {
    data = JSON.parse(body)
  } catch {
    return 'its body is no JSON'
  }
  for (const contract of takers) {
    const read = readAs(contract, type, data)
    if ('flaw' in read) return read.sentence
  }
  return undefined
}
