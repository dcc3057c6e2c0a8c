import { randomUUID } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, type ConfirmChannel, type GetMessage } from 'amqplib'
import { Client } from 'pg'
import * as z from 'zod'
import { command } from 'warren'
import { needs } from '../testbed/needs.ts'
import { until } from '../testbed/until.ts'
import { createWorld, type World } from '../testbed/world.ts'
import { parse } from '../cli/command.ts'
import { deadCommand, requested } from './dead-command.ts'
import { runDead } from './run.ts'

const Greet = command('person.greet.v1', { name: z.string().max(100) })

let folder: string
let world: World
let admin: ConfirmChannel
let database: Client

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'warren-dead-'))
  mkdirSync(join(folder, 'greeter/migrations'), { recursive: true })
  writeFileSync(join(folder, 'greeter/handler.yaml'), 'handles: [person.greet.v1]\ndatabase: true\n')
  writeFileSync(
    join(folder, 'greeter/migrations/0001_greetings.sql'),
    '-- Up Migration\n\ncreate table greetings (name text);\ncreate table repaired (at timestamptz);\n',
  )
  writeFileSync(
    join(folder, 'greeter/handler.ts'),
    `
    import { command, handler, on, Reject } from 'warren'
    import * as z from 'zod'

    const Greet = command('person.greet.v1', { name: z.string().max(100) })

    export default handler({ subscriptions: () => [
      on(Greet, async ({ name }, { db }) => {
        const { rowCount } = await db.query('select from repaired')
        if (rowCount === 0) throw new Reject('the greeter is broken')
        await db.query('insert into greetings values ($1)', [name])
      }),
    ] })
    `,
  )
  world = await createWorld([join(folder, 'greeter')])
  admin = await world.channel(world.broker.admin.user)
  database = new Client({ connectionString: world.databaseUrl('greeter') })
  await database.connect()
})

afterAll(async () => {
  await database?.end()
  await world?.close()
  rmSync(folder, { recursive: true })
})

afterEach(async () => {
  for (const queue of ['greeter', 'greeter.dead', 'unrouted']) await admin.purgeQueue(queue)
})

/** The command, as the operator's user; what it printed and its exit code. */
async function dead(...args: string[]) {
  const lines: string[] = []
  const request = requested(parse(deadCommand(['greeter']), [...args, '--data', folder])!)
  const done = await runDead(request, {
    connect: () => connect(world.url('operator')),
    handlers: ['greeter'],
    subscriptions: [{ type: 'person.moved.v1', key: '#' }],
    print: (line) => lines.push(line),
  })
  return { code: done ? 0 : 1, lines, objects: () => lines.map((line) => JSON.parse(line)) }
}

/** Dead letters as the runtime makes them, straight into their queue. */
async function bury(count: number, headers: (index: number) => object = () => ({})) {
  const ids = Array.from({ length: count }, () => randomUUID())
  ids.forEach((messageId, index) =>
    admin.publish('dead', 'greeter', Buffer.from(JSON.stringify({ name: `person ${index}` })), {
      messageId,
      type: Greet.type,
      contentType: 'application/json',
      persistent: true,
      timestamp: Math.floor(Date.now() / 1_000),
      headers: {
        'x-dead-reason': 'exhausted',
        'x-dead-error': 'Error: no answer',
        'x-dead-at': new Date().toISOString(),
        'x-dead-attempts': 6,
        'x-attempt': 6,
        'x-origin-user': 'town',
        'x-origin-key': Greet.type,
        ...headers(index),
      },
    }),
  )
  await admin.waitForConfirms()
  return ids
}

/** All messages of a queue, in their order; they are gone then. */
async function taken(queue: string): Promise<GetMessage[]> {
  const messages: GetMessage[] = []
  for (
    let message = await admin.get(queue, { noAck: true });
    message;
    message = await admin.get(queue, { noAck: true })
  ) {
    messages.push(message)
  }
  return messages
}

const idsOf = (messages: readonly GetMessage[]) => messages.map(({ properties }) => properties.messageId as string)

test('list counts by handler, type and reason, beyond the size of one window', async () => {
  await bury(2_300, (index) => ({ 'x-dead-reason': index < 2_000 ? 'exhausted' : 'malformed' }))

  const { objects } = await dead('list', '--json')
  expect(objects()).toEqual([
    expect.objectContaining({ handler: 'greeter', type: Greet.type, reason: 'exhausted', count: 2_000 }),
    expect.objectContaining({ handler: 'greeter', type: Greet.type, reason: 'malformed', count: 300 }),
  ])
})

test('showing letters fifty times changes neither the letters, nor their order, nor their content', async () => {
  const ids = await bury(30)
  for (let look = 0; look < 50; look++) expect((await dead(look % 2 ? 'list' : 'show', '--limit', '7')).code).toBe(0)

  const letters = await taken('greeter.dead')
  expect(idsOf(letters)).toEqual(ids)
  for (const [index, { content, properties }] of letters.entries()) {
    expect(JSON.parse(content.toString())).toEqual({ name: `person ${index}` })
    expect(properties.headers).toMatchObject({ 'x-dead-reason': 'exhausted', 'x-attempt': 6 })
  }
})

test('a letter whose body nests 100,000 levels deep is shown as it is, without headers that nest deep', async () => {
  const body = '['.repeat(100_000)
  const whole = body + ']'.repeat(100_000)
  let headers = {}
  for (let level = 0; level < 1_000; level++) headers = { deep: headers }
  for (const deep of [body, whole])
    admin.publish('dead', 'greeter', Buffer.from(deep), { messageId: randomUUID(), headers })
  await admin.waitForConfirms()
  expect((await dead('show', '--json')).objects()).toMatchObject([
    { bodyText: body, headers: { deep: '(nests too deep to be shown)' } },
    { bodyText: whole },
  ])
  expect((await dead('show')).lines.join('\n').includes(whole)).toBe(true)
})

needs('4.3', 'looks that do not count as deliveries')('a look does not count as a failed delivery', async () => {
  await bury(3)
  for (let look = 0; look < 50; look++) await dead('list')

  const counts = (await taken('greeter.dead')).map(({ properties }) => properties.headers?.['x-delivery-count'])
  expect(counts).toEqual([undefined, undefined, undefined])
})

test('a letter that the broker itself dead-lettered is listed, and redriven on behalf of its first sender', async () => {
  const id = await world.send(Greet({ name: 'Ada' }), { as: 'admin' })
  await until(async () => {
    const channel = await world.channel(world.broker.admin.user)
    await channel.get('greeter')
    await channel.close()
    return (await world.depth('greeter.dead')) === 1
  })

  const [listed] = (await dead('list', '--json')).objects()
  expect(listed).toMatchObject({ reason: 'delivery_limit', count: 1 })
  expect(Math.abs(Date.parse(listed.oldest) - Date.now())).toBeLessThan(60_000)
  expect((await dead('redrive', '--id', id)).lines).toEqual(['1 sent back, 0 refused.'])
  const [back] = await taken('greeter')
  expect(back?.properties).toMatchObject({
    messageId: id,
    headers: { 'x-origin-user': 'admin', 'x-origin-key': Greet.type, 'x-redrives': 1 },
  })
})

test('a redriven letter arrives in its one queue under its id, with all attempts available, and is no longer dead', async () => {
  const ids = await bury(3)
  expect(await dead('redrive', '--handler', 'greeter', '--rate', '1000')).toMatchObject({ code: 0 })

  const back = await taken('greeter')
  expect(idsOf(back)).toEqual(ids)
  expect(back[0]?.fields.exchange).toBe('redrive')
  // RabbitMQ 3.10 counts first deliveries too.
  const { 'x-delivery-count': _, ...headers } = back[0]?.properties.headers ?? {}
  expect(headers).toEqual({ 'x-origin-user': 'town', 'x-origin-key': Greet.type, 'x-redrives': 1 })
  expect(await world.depth('greeter.dead')).toBe(0)
})

test('only the selected letters are redriven: by type, error and id, up to the limit, and none in a dry run', async () => {
  const ids = await bury(1_100, (index) => ({ 'x-dead-error': index % 2 ? 'Error: even' : 'Error: odd' }))

  await dead('redrive', '--error', 'EVEN', '--limit', '2')
  await dead('redrive', '--id', ids[1_098]!)
  await dead('redrive', '--type', 'person.forget.v1')
  expect((await dead('redrive', '--dry-run')).lines).toEqual(['1097 would be sent back, 0 refused.'])

  expect(idsOf(await taken('greeter')).toSorted()).toEqual([ids[1], ids[3], ids[1_098]].toSorted())
  expect(await world.depth('greeter.dead')).toBe(1_097)
})

test('redriving respects the rate', async () => {
  await bury(11)
  const start = performance.now()
  await dead('redrive', '--rate', '20')

  expect(performance.now() - start).toBeGreaterThanOrEqual(500)
})

test('a letter older than the retention of the inbox stays, with a sentence that explains why', async () => {
  const old = new Date(Date.now() - 31 * 86_400_000)
  const ids = await bury(2, (index) => (index === 0 ? { 'x-published-at': old.getTime() } : {}))

  const { code, lines } = await dead('redrive')
  expect(code).toBe(1)
  expect(lines).toEqual([
    expect.stringMatching(
      new RegExp(`${ids[0]} stays: it is from ${old.toISOString()}, and an inbox remembers a message for 30 days`),
    ),
    '1 sent back, 1 refused.',
  ])
  expect(idsOf(await taken('greeter.dead'))).toEqual([ids[0]])
})

test('a letter whose handler no longer has a queue stays', async () => {
  await bury(1)
  await admin.unbindQueue('greeter', 'redrive', 'greeter')
  try {
    await expect(dead('redrive')).rejects.toThrow('exchange redrive is bound to no queue of greeter')
    expect(await world.depth('greeter.dead')).toBe(1)
  } finally {
    await admin.bindQueue('greeter', 'redrive', 'greeter')
  }
})

test('nothing is discarded without --yes; discarded letters are kept in a file, byte for byte', async () => {
  const [id] = await bury(1)
  admin.publish('dead', 'greeter', Buffer.from([0xff, 0x00]), { type: 'not.json.v1' })
  await admin.waitForConfirms()

  expect(await dead('discard')).toMatchObject({ code: 1, lines: ['2 would be discarded: say so with --yes.'] })
  expect(await world.depth('greeter.dead')).toBe(2)

  await dead('discard', '--yes')
  expect(await world.depth('greeter.dead')).toBe(0)
  const kept = readFileSync(join(folder, 'discarded.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(kept).toMatchObject([
    { id, handler: 'greeter', body: { name: 'person 0' }, headers: { 'x-dead-reason': 'exhausted' } },
    { type: 'not.json.v1', bytes: Buffer.from([0xff, 0x00]).toString('base64') },
  ])
})

const emit = async (type: string) => {
  admin.publish('events', type, Buffer.from('{}'), { type, messageId: randomUUID() })
  await admin.waitForConfirms()
}

test('an event without a subscriber is no dead letter: it is only listed when asked for', async () => {
  await emit('event.unheard.v1')
  await until(async () => (await world.depth('unrouted')) === 1)

  expect((await dead('list', '--json')).lines).toEqual([])
  expect((await dead('list')).lines).toEqual([
    'No dead letters.',
    'Apart from them, 1 event.unheard.v1: events without a subscriber, which are no failure (--handler unrouted lists them).',
  ])
  expect((await dead('discard', '--yes')).lines).toEqual([expect.stringContaining('0 discarded')])
  expect((await dead('list', '--json', '--handler', 'unrouted')).objects()).toMatchObject([
    { handler: 'unrouted', type: 'event.unheard.v1', count: 1 },
  ])
  expect(await world.depth('unrouted')).toBe(1)
})

test('an event that reached no queue although a handler subscribes to it is a dead letter, and cannot be redriven', async () => {
  await emit('person.moved.v1')
  await until(async () => (await world.depth('unrouted')) === 1)

  expect((await dead('list', '--json')).objects()).toMatchObject([
    { handler: 'unrouted', type: 'person.moved.v1', count: 1 },
  ])
  expect(await dead('redrive')).toMatchObject({
    code: 1,
    lines: [expect.stringContaining('it never reached a queue'), expect.anything()],
  })
  expect(await world.depth('unrouted')).toBe(1)
})

test('after the handler is repaired, a letter takes effect exactly once, however often it is redriven', async () => {
  const greeter = await world.spawn('greeter')
  await greeter.ready
  const id = await world.send(Greet({ name: 'Grace' }))
  await until(async () => (await world.depth('greeter.dead')) === 1)
  expect((await dead('show', '--json')).objects()).toMatchObject([
    { id, reason: 'rejected', error: expect.stringContaining('the greeter is broken'), body: { name: 'Grace' } },
  ])

  // Still broken: the letter returns, with the redrive counted.
  await dead('redrive')
  await until(async () => (await dead('show', '--json')).objects()[0]?.redrives === 1)

  await database.query('insert into repaired values (now())')
  // A crash between the copy and the acknowledgement leaves the letter behind: its copy is sent back twice.
  const [letter] = await taken('greeter.dead')
  const { userId: _, ...properties } = letter!.properties
  for (let copies = 0; copies < 3; copies++) admin.publish('dead', 'greeter', letter!.content, properties)
  await admin.waitForConfirms()
  expect((await dead('redrive')).lines).toEqual(['3 sent back, 0 refused.'])

  await until(async () => (await database.query('select from greetings')).rowCount! > 0)
  expect(await greeter.kill()).toEqual({ code: 0, signal: null })
  expect((await database.query('select name from greetings')).rows).toEqual([{ name: 'Grace' }])
  expect(await world.depth('greeter')).toBe(0)
  expect(await world.depth('greeter.dead')).toBe(0)
})
