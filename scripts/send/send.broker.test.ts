import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { command, event } from 'warren'
import { Client } from 'pg'
import * as z from 'zod'
import { logIn } from '#runtime/broker/login.ts'
import { loadManifests } from '#runtime/manifest/index.ts'
import { parse } from '../cli/command.ts'
import { databasesOf, managementOf, type System } from '../inspect/system.ts'
import { until } from '../testbed/until.ts'
import { createWorld, type World } from '../testbed/world.ts'
import { openDatabases } from '../trace/databases.ts'
import { trace } from '../trace/trace.ts'
import { contractsIn } from './message.ts'
import { runSend } from './run.ts'
import { sendCommand } from './send-command.ts'

const contractsCode = `
  import { command, event } from 'warren'
  import * as z from 'zod'
  export const Greet = command('person.greet.v1', { name: z.string().max(10) })
  export const Arrived = event('person.arrived.v1', { name: z.string(), country: z.string() })
`
const contracts = contractsIn({
  Greet: command('person.greet.v1', { name: z.string().max(10) }),
  Arrived: event('person.arrived.v1', { name: z.string(), country: z.string() }, { words: ({ country }) => [country] }),
  Burn: command('house.burn.v1', {}),
})

let folder: string
let world: World
let database: Client
let system: System

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'warren-send-'))
  const write = (path: string, text: string) => {
    mkdirSync(join(folder, path, '..'), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  write('contracts.ts', contractsCode)
  write('greeter/handler.yaml', 'handles: [person.greet.v1]\ndatabase: true\n')
  write('greeter/migrations/0001_greetings.sql', '-- Up Migration\n\ncreate table greetings (name text, id uuid);\n')
  write(
    'greeter/handler.ts',
    `import { handler, on } from 'warren'
     import { Greet } from '../contracts.ts'
     export default handler({ subscriptions: () => [
       on(Greet, async ({ name }, { db, message }) => {
         await db.query('insert into greetings values ($1, $2)', [name, message.id])
       }),
     ] })`,
  )
  write('doorman/handler.yaml', "subscribes: [{ type: person.arrived.v1, key: 'gb' }]\n")
  write(
    'doorman/handler.ts',
    `import { handler, on } from 'warren'
     import { Arrived } from '../contracts.ts'
     export default handler({ subscriptions: () => [on(Arrived, () => undefined)] })`,
  )
  const handlers = ['greeter', 'doorman']
  world = await createWorld(handlers.map((name) => join(folder, name)))
  database = new Client({ connectionString: world.databaseUrl('greeter') })
  await database.connect()
  system = {
    amqpUrl: world.url('operator'),
    managementUrl: `http://127.0.0.1:${world.broker.managementPort}`,
    handlers: { greeter: { databaseUrl: world.databaseUrl('greeter'), secrets: {} }, doorman: { secrets: {} } },
  }
  await world.spawn('greeter')
})

afterAll(async () => {
  await database?.end()
  await world?.close()
  rmSync(folder, { recursive: true })
})

async function send(...args: string[]) {
  const lines: string[] = []
  await runSend(parse(sendCommand, [...args, '--json'])!, {
    system,
    contracts,
    manifests: loadManifests(folder),
    print: (line) => lines.push(line),
  })
  return JSON.parse(lines.join('')) as { id: string; to: string[]; key: string; sent: boolean; due?: string }
}

/** All messages of the operation that an id belongs to. */
async function traced(id: string) {
  const databases = await openDatabases(databasesOf(system))
  try {
    const connect = () => logIn(system.amqpUrl)
    const scene = { manifests: loadManifests(folder), databases, management: managementOf(system), connect }
    return (await trace(id, scene)).operations.flatMap(({ messages }) => messages)
  } finally {
    await databases.close()
  }
}

async function greetings() {
  const { rows } = await database.query<{ name: string; id: string }>('select name, id from greetings')
  return rows
}

test('a command reaches its handler as a message of the operator', async () => {
  const { id, to } = await send('person.greet.v1', '{"name":"Ada"}')
  expect(to).toEqual(['greeter'])
  await until(async () => (await greetings()).some((row) => row.id === id && row.name === 'Ada'))
})

test('a dry run names the receivers and sends nothing', async () => {
  expect(await send('person.arrived.v1', '{"name":"Ada","country":"gb"}', '--dry-run')).toMatchObject({
    to: ['doorman'],
    key: 'person.arrived.v1.gb',
    sent: false,
  })
  expect(await world.depth('doorman')).toBe(0)
})

test('an event reaches those who subscribe to the words of its key, which may be chosen', async () => {
  expect(await send('person.arrived.v1', '{"name":"Ada","country":"de"}', '--key', 'gb')).toMatchObject({
    to: ['doorman'],
  })
  await until(async () => (await world.depth('doorman')) === 1)
})

test('a handler that was added after the start is said not to be part of the running system', async () => {
  const later = join(folder, 'late-riser')
  mkdirSync(later)
  writeFileSync(join(later, 'handler.yaml'), 'handles: [house.burn.v1]\nsubscribes: [person.arrived.v1]\n')
  try {
    await expect(send('house.burn.v1', '{}')).rejects.toThrow(
      new Error(
        'no handler gets house.burn.v1, so it was not sent: late-riser is not part of the running system: start it again with `npm start`',
      ),
    )
    const lines: string[] = []
    await runSend(parse(sendCommand, ['person.arrived.v1', '{"name":"Ada","country":"gb"}', '--dry-run'])!, {
      system,
      contracts,
      manifests: loadManifests(folder),
      print: (line) => lines.push(line),
    })
    expect(lines).toEqual([
      'late-riser is not part of the running system: start it again with `npm start`',
      'person.arrived.v1.gb would go to doorman. Nothing was sent.',
    ])
  } finally {
    rmSync(later, { recursive: true })
  }
})

test('a message that no handler gets is an error with the way out, and nothing is left of it', async () => {
  await expect(send('house.burn.v1', '{}')).rejects.toThrow(
    'no handler gets house.burn.v1, so it was not sent: add house.burn.v1 to handles in a handler.yaml, and start or deploy that handler',
  )
  await expect(send('person.arrived.v1', '{"name":"Ada","country":"de"}')).rejects.toThrow(
    'no handler gets person.arrived.v1.de, so it was not sent: add person.arrived.v1 to subscribes in a handler.yaml',
  )
  expect(await world.depth('unrouted')).toBe(0)
})

test('a delayed message is a timer in the database of its handler until it is due, and then arrives once', async () => {
  const { id, due } = await send('person.greet.v1', '{"name":"Eve"}', '--delay', '1h')
  expect(Math.abs(Date.parse(due!) - Date.now() - 3_600_000)).toBeLessThan(60_000)
  const timers = () => database.query<{ id: string }>(`select id from timers where message like '%Eve%'`)
  expect((await timers()).rowCount).toBe(1)
  expect(await traced(id)).toMatchObject([
    { id, type: 'person.greet.v1', to: [{ handler: 'greeter', is: 'timer', due: new Date(due!) }] },
  ])

  await database.query('update timers set due = now()')
  await until(async () => (await greetings()).some((row) => row.id === id), { within: 15_000 })
  await until(async () => (await timers()).rowCount === 0)
  expect((await greetings()).filter(({ name }) => name === 'Eve')).toHaveLength(1)
  expect(await world.depth('greeter.dead')).toBe(0)
  expect(await traced(id)).toMatchObject([
    { id, type: 'person.greet.v1', from: undefined, to: [{ handler: 'greeter', is: 'handled', attempt: 1 }] },
  ])
})

test('a delay is refused where nothing could keep the message', async () => {
  await expect(send('person.arrived.v1', '{"name":"Ada","country":"gb"}', '--delay', '30s')).rejects.toThrow(
    '--delay keeps the message as a timer in the database of its handler, and doorman has none (database: true in its handler.yaml): send it without --delay when it is time',
  )
})
