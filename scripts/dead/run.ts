import { join } from 'node:path'
import type { ChannelModel } from 'amqplib'
import type { EventSubscription } from '#runtime/manifest/index.ts'
import { unrouted } from '#runtime/topology/index.ts'
import { printable } from '../cli/terminal.ts'
import { archive, discard } from './discard.ts'
import { matches } from './filter.ts'
import { group, listing, type Group } from './list.ts'
import type { Request } from './dead-command.ts'
import type { DeadLetter } from '#runtime/redrive/letter.ts'
import { readParked } from './parked.ts'
import { readDead, type Held } from '#runtime/redrive/read.ts'
import { sendBack } from './send-back.ts'
import { record, story } from './show.ts'
import { isUnheard, unheardNote } from './unheard.ts'

/** The system that the command works on. */
interface Desk {
  readonly connect: (request: Request) => Promise<ChannelModel>
  /** The names of all handlers that have a queue. */
  readonly handlers: readonly string[]
  /** What they subscribe to. */
  readonly subscriptions: readonly EventSubscription[]
  readonly print: (line: string) => void
  /** The queue to which a dead letter goes back: that of its handler by default. */
  readonly queueOf?: (letter: DeadLetter) => string
  /** The databases of ordered handlers, whose messages are parked there instead. */
  readonly ordered?: (request: Request) => Readonly<Record<string, string>>
}

/**
 * Lists, shows, redrives or discards dead letters.
 *
 * @returns false if a letter was refused, or a discard was not confirmed
 */
export async function runDead(request: Request, desk: Desk): Promise<boolean> {
  const unheard = new Map<string, number>()
  const connection = await desk.connect(request)
  connection.on('error', () => {})
  try {
    const letters = found(connection, request, desk, unheard)
    switch (request.verb) {
      case 'list':
        return await list(letters, request, desk, unheard)
      case 'show':
        return await show(letters, request, desk)
      case 'redrive':
        return await sendBack(connection, letters, request, {
          print: desk.print,
          queueOf: desk.queueOf ?? (({ handler }) => handler),
        })
      case 'discard':
        return await throwAway(letters, request, desk)
    }
  } finally {
    await connection.close()
  }
}

/** @param unheard counts the events that are left out, by type */
async function* found(
  connection: ChannelModel,
  request: Request,
  { handlers, subscriptions, ordered }: Desk,
  unheard: Map<string, number>,
) {
  const { handler, filter, limit } = request
  const databases = ordered?.(request) ?? {}
  let left = limit
  for (const place of handler ? [handler] : [...handlers, unrouted]) {
    for await (const held of lettersOf(connection, place, databases[place])) {
      if (!matches(held.letter, filter)) continue
      if (!handler && place === unrouted && isUnheard(held.message, subscriptions)) {
        unheard.set(held.letter.type, (unheard.get(held.letter.type) ?? 0) + 1)
        continue
      }
      yield held
      if (--left === 0) return
    }
  }
}

async function* lettersOf(connection: ChannelModel, place: string, database: string | undefined): Letters {
  yield* readDead(connection, place)
  if (database !== undefined) yield* readParked(database, place)
}

type Letters = AsyncGenerator<Held>

async function list(
  letters: Letters,
  { json }: Request,
  { print }: Desk,
  unheard: ReadonlyMap<string, number>,
): Promise<boolean> {
  const groups = new Map<string, Group>()
  for await (const { letter } of letters) group(groups, letter)
  const lines = json
    ? [...groups.values()].map((one) => JSON.stringify(one))
    : listing([...groups.values()], new Date())
  lines.forEach(print)
  const note = unheardNote(unheard)
  if (note !== undefined && !json) print(printable(note))
  return true
}

async function show(letters: Letters, { json }: Request, { print }: Desk): Promise<boolean> {
  for await (const held of letters) (json ? [JSON.stringify(record(held))] : story(held)).forEach(print)
  return true
}

async function throwAway(letters: Letters, { yes, json, data }: Request, { print }: Desk): Promise<boolean> {
  const path = join(data, 'discarded.jsonl')
  const kept = yes ? archive(path) : undefined
  let count = 0
  for await (const held of letters) {
    if (kept) await discard(held, kept)
    count++
    if (json) print(JSON.stringify({ ...held.letter, discarded: yes }))
  }
  kept?.close()
  if (!json)
    print(yes ? `${count} discarded; they are kept in ${path}.` : `${count} would be discarded: say so with --yes.`)
  return yes
}
