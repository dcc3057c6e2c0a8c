import { join } from 'node:path'
import type { ChannelModel } from 'amqplib'
import { archive, discard } from './discard.ts'
import { matches } from './filter.ts'
import { unrouted } from './letter.ts'
import { group, listing, type Group } from './list.ts'
import { help, readCommand, type Command } from './options.ts'
import { readDead, type Held } from './read.ts'
import { sendBack } from './send-back.ts'
import { record, story } from './show.ts'

/** What the command works on. */
export interface Desk {
  /** @param data the shop's folder */
  readonly connect: (data: string) => Promise<ChannelModel>
  /** The names of all handlers that have a queue. */
  readonly handlers: readonly string[]
  readonly print: (line: string) => void
}

/**
 * `npm run dead -- …`
 *
 * @returns the exit code: 1 when a letter was refused
 * @throws a sentence when the command line or the broker is not as it should be
 */
export async function runDead(args: readonly string[], desk: Desk): Promise<number> {
  const places = [...desk.handlers, unrouted]
  const command = readCommand(args, places)
  if (!command) {
    desk.print(help)
    return 0
  }
  const connection = await desk.connect(command.data)
  connection.on('error', () => {})
  try {
    const letters = found(connection, command, places)
    switch (command.verb) {
      case 'list':
        return await list(letters, command, desk)
      case 'show':
        return await show(letters, command, desk)
      case 'redrive':
        return await sendBack(connection, letters, command, desk.print)
      case 'discard':
        return await throwAway(letters, command, desk)
    }
  } finally {
    await connection.close()
  }
}

async function* found(connection: ChannelModel, { handler, filter, limit }: Command, places: readonly string[]) {
  let left = limit
  for (const place of handler ? [handler] : places) {
    for await (const held of readDead(connection, place)) {
      if (!matches(held.letter, filter)) continue
      yield held
      if (--left === 0) return
    }
  }
}

type Letters = AsyncGenerator<Held>

async function list(letters: Letters, { json }: Command, { print }: Desk): Promise<number> {
  const groups = new Map<string, Group>()
  for await (const { letter } of letters) group(groups, letter)
  const lines = json
    ? [...groups.values()].map((one) => JSON.stringify(one))
    : listing([...groups.values()], new Date())
  lines.forEach(print)
  return 0
}

async function show(letters: Letters, { json }: Command, { print }: Desk): Promise<number> {
  for await (const held of letters) (json ? [JSON.stringify(record(held))] : story(held)).forEach(print)
  return 0
}

async function throwAway(letters: Letters, { yes, json, data }: Command, { print }: Desk): Promise<number> {
  const path = join(data, 'discarded.jsonl')
  const kept = yes ? archive(path) : undefined
  let count = 0
  for await (const held of letters) {
    if (kept) discard(held, kept)
    count++
    if (json) print(JSON.stringify({ ...held.letter, discarded: yes }))
  }
  kept?.close()
  if (!json)
    print(yes ? `${count} discarded; they are kept in ${path}.` : `${count} would be discarded: say so with --yes.`)
  return yes ? 0 : 1
}
