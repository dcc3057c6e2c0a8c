import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ChannelModel } from 'amqplib'
import pg from 'pg'
import * as z from 'zod'
import { buildHandlers, createWorld, until, type HandlerProcess, type World } from '#testbed'
import { logIn } from '../broker/login.ts'
import { command } from '../index.ts'
import { loadManifest, type Manifest } from '../manifest/index.ts'
import { describeRun, redriveBySchedule } from './scheduled.ts'

const Post = command('letter.post.v1', { n: z.int(), refused: z.boolean() })

/** Fails until its table `open` has a row; refuses what is to be refused. */
const postman = {
  'handler.yaml': `
handles: [letter.post.v1]
retry: { attempts: 1 }
redrive: { every: 1h, reasons: [exhausted], times: 3 }
scale: { max: 1 }
database: true
`,
  'migrations/0001_posted.sql':
    '-- Up Migration\n\ncreate table open (at timestamptz);\ncreate table tried (n int);\ncreate table posted (n int);\n',
  'handler.ts': `
import { command, handler, on, Reject } from 'warren'
import * as z from 'zod'

const Post = command('letter.post.v1', { n: z.int(), refused: z.boolean() })

export default handler({ subscriptions: () => [
  on(Post, async ({ n, refused }, { db }) => {
    if (refused) throw new Reject('no stamp')
    const { rows } = await db.query('select from open')
    if (rows.length === 0) throw new Error('the post office is closed')
    await db.query('insert into posted values ($1)', [n])
  }),
] })
`,
}

let folder: string
let world: World
let database: pg.Client
let manifest: Manifest
let connection: ChannelModel
let redriver: string
let process: HandlerProcess

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'warren-redrive-'))
  for (const [file, text] of Object.entries(postman)) {
    mkdirSync(join(folder, 'postman/migrations'), { recursive: true })
    writeFileSync(join(folder, 'postman', file), text)
  }
  const tiers = { '1s': 100, '5s': 200, '30s': 300, '2m': 400, '10m': 500 }
  world = await createWorld([join(folder, 'postman')], { tiers })
  const [built] = await buildHandlers([join(folder, 'postman')])
  redriver = built!.file
  manifest = loadManifest(join(folder, 'postman'))
  database = new pg.Client({ connectionString: world.databaseUrl('postman') })
  await database.connect()
  connection = await logIn(world.url('postman.redrive'))
  process = await world.spawn('postman')
}, 60_000)

afterAll(async () => {
  await connection?.close()
  await database?.end()
  await world?.close()
  rmSync(folder, { recursive: true })
}, 60_000)

const post = (from: number, count: number, refused = false) =>
  Promise.all(Array.from({ length: count }, (_, index) => world.send(Post({ n: from + index, refused }))))
const dead = (count: number) => until(async () => (await world.depth('postman.dead')) === count, { within: 20_000 })
const posted = async () =>
  (await database.query<{ n: number }>('select n from posted order by n')).rows.map(({ n }) => n)

test('exhausted letters go back as often as allowed, and then rest; rejected ones stay; a repair in between takes effect once', async () => {
  await post(0, 3)
  await post(100, 2, true)
  await dead(5)
  for (let times = 1; times <= 3; times++) {
    expect(await redriveBySchedule(connection, manifest)).toEqual({ sentBack: 3, resting: 0, refused: 0 })
    await dead(5)
  }
  const ran = await redriveBySchedule(connection, manifest)
  expect(ran).toEqual({ sentBack: 0, resting: 3, refused: 0 })
  expect(describeRun('postman', ran)).toBe(
    'postman: 0 dead letters sent back by schedule; 3 rest, sent back often enough',
  )

  const [fresh] = await post(3, 1)
  await dead(6)
  await database.query('insert into open values (now())')
  expect(await redriveBySchedule(connection, manifest)).toEqual({ sentBack: 1, resting: 3, refused: 0 })
  await until(async () => (await posted()).length === 1)
  const { rows } = await database.query('select sent, attempt from inbox where id = $1', [fresh])
  expect(rows).toHaveLength(1)
  expect(await posted()).toEqual([3])
  await dead(5)
}, 60_000)

test('a letter keeps its sender, its routing key and its id, and counts the redrive', async () => {
  await database.query('delete from open')
  const channel = await world.channel(world.broker.admin.user)
  await channel.purgeQueue('postman.dead')
  const [id] = await post(10, 1)
  await dead(1)
  const read = async () => {
    const message = await channel.get('postman.dead', { noAck: false })
    if (!message) throw new Error('no dead letter')
    channel.nack(message)
    return message.properties
  }
  const before = await read()
  await dead(1)
  await redriveBySchedule(connection, manifest)
  await until(async () => (await world.depth('postman.dead')) === 1 && (await read()).headers!['x-redrives'] === 1)
  const after = await read()
  await dead(1)
  expect(after.messageId).toBe(id)
  const kept = ['x-origin-user', 'x-origin-key', 'x-origin-exchange', 'x-dead-reason', 'x-dead-attempts']
  expect(kept.map((name) => after.headers![name])).toEqual(kept.map((name) => before.headers![name]))
  expect(after.headers).toMatchObject({ 'x-scheduled-redrives': 1, 'x-redrives': 1 })
  await channel.purgeQueue('postman.dead')
}, 30_000)

test('killed again and again in the middle of a run, it loses no letter, and each has its effect once', async () => {
  const count = 150
  await database.query('delete from open; delete from posted')
  await post(1_000, count)
  await dead(count)
  await database.query('insert into open values (now())')
  // It sends fifty a second: each run is killed after some of them.
  for (let kills = 0; kills < 3; kills++) {
    const before = (await posted()).length
    const run = spawn(globalThis.process.execPath, [redriver, 'redrive'], {
      env: { AMQP_URL: world.url('postman.redrive') },
    })
    const ended = new Promise((resolve) => run.on('exit', resolve))
    await until(async () => (await posted()).length > before + 10, { within: 20_000 })
    run.kill('SIGKILL')
    await ended
  }
  expect((await posted()).length).toBeLessThan(count)
  const last = spawn(globalThis.process.execPath, [redriver, 'redrive'], {
    env: { AMQP_URL: world.url('postman.redrive') },
  })
  let printed = ''
  last.stdout.on('data', (text: Buffer) => (printed += String(text)))
  expect(await new Promise((resolve) => last.on('exit', resolve))).toBe(0)
  expect(printed).toMatch(/^postman: \d+ dead letters sent back by schedule\n$/)
  await until(async () => (await posted()).length === count, { within: 20_000 })
  await until(async () => (await world.depth('postman')) === 0)
  expect(await posted()).toEqual(Array.from({ length: count }, (_, index) => 1_000 + index))
  await dead(0)
  await process.kill()
}, 90_000)

describe('its user may', () => {
  async function refused(work: (channel: Awaited<ReturnType<World['channel']>>) => Promise<unknown>) {
    const channel = await world.channel('postman.redrive')
    let error: Error | undefined
    channel.on('error', (reason: Error) => (error = reason))
    await Promise.resolve(work(channel)).catch((reason: unknown) => (error ??= reason as Error))
    await until(() => error !== undefined, { within: 5_000 })
    return error!.message
  }
  const publish = (exchange: string, key: string) => (channel: Awaited<ReturnType<World['channel']>>) => {
    channel.publish(exchange, key, Buffer.from('{}'))
    return channel.waitForConfirms()
  }

  test.each([
    ['the queue of its handler', 'postman'],
    ['what reached no queue', 'unrouted'],
    ['what waits for its time', 'wait.1s'],
  ])('not read %s', async (_, queue) => {
    expect(await refused((channel) => channel.consume(queue, () => undefined))).toMatch(/403|ACCESS_REFUSED/)
  })

  test.each([
    ['another handler', 'delay', '1s.payments'],
    ['another tier', 'delay', '10m.postman'],
    ['every queue', 'redrive', 'postman'],
    ['commands', 'commands', Post.type],
    ['events', 'events', 'letter.posted.v1'],
    ['dead letters', 'dead', 'postman'],
    ['queues by their names', '', 'postman'],
  ])('not write to %s', async (_, exchange, key) => {
    expect(await refused(publish(exchange, key))).toMatch(/403|ACCESS_REFUSED/)
  })

  test('declare nothing', async () => {
    expect(await refused((channel) => channel.assertQueue('postman.other'))).toMatch(/403|ACCESS_REFUSED/)
  })
})
