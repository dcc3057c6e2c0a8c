import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import * as z from 'zod'
import { command, schedule } from '../index.ts'
import { planSchedules } from '../prepare/schedules.ts'
import { ownBroker, sharedServers, until, createWorld, type HandlerProcess, type World } from '#testbed'

const Remind = command('memory.remind.v1', { n: z.int(), due: z.int() })
const Forget = command('memory.forget.v1', { n: z.int() })
const count = 1_000

const clerk = {
  'handler.yaml': `
handles: [memory.remind.v1, memory.forget.v1]
emits: [memory.reminded.v1, day.closed.v1]
scale: { backlog: 100, max: 2 }
database: true
`,
  'migrations/0001_days.sql': '-- Up Migration\n\ncreate table days (at timestamptz);\n',
  'handler.ts': `
import { cancel, command, delay, event, handler, on, schedule } from 'warren'
import * as z from 'zod'

const Remind = command('memory.remind.v1', { n: z.int(), due: z.int() })
const Forget = command('memory.forget.v1', { n: z.int() })
const Reminded = event('memory.reminded.v1', { n: z.int(), due: z.int() })
const DayClosed = event('day.closed.v1', { at: z.string() })

export default handler({ subscriptions: () => [
  on(Remind, [Reminded], ({ n, due }) => {
    const after = Math.max(1, due - Date.now())
    return delay(\`\${after}ms\`, Reminded({ n, due: Date.now() + after }), { name: \`reminder \${n}\` })
  }),
  on(Forget, ({ n }) => cancel(\`reminder \${n}\`)),
  schedule('close-of-day', '0 0 * * *', { timezone: 'Europe/Berlin' }, [DayClosed], async ({ at, db }) => {
    await db.query('insert into days values ($1)', [at])
    return DayClosed({ at: at.toISOString() })
  }),
] })
`,
}

/** Writes down every reminder that it gets. */
const diarist = {
  'handler.yaml': 'subscribes: [memory.reminded.v1]\nscale: { backlog: 100 }\ndatabase: true\n',
  'migrations/0001_reminded.sql': '-- Up Migration\n\ncreate table reminded (n int);\n',
  'handler.ts': `
import { event, handler, onBatch } from 'warren'
import * as z from 'zod'

const Reminded = event('memory.reminded.v1', { n: z.int(), due: z.int() })

export default handler({ subscriptions: () => [
  onBatch(Reminded, async (items, { db }) => {
    await db.query('insert into reminded select unnest($1::int[])', [items.map(({ data }) => data.n)])
  }),
] })
`,
}

interface Arrival {
  readonly id: string
  readonly at: number
  readonly due: number
}

let folder: string
let broker: Awaited<ReturnType<typeof ownBroker>>
let world: World
let database: pg.Client
let diary: pg.Client
let clerkProcess: HandlerProcess
const arrivals = new Map<number, Arrival[]>()
const days: string[] = []

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'warren-schedules-'))
  for (const [name, files] of Object.entries({ clerk, diarist })) {
    mkdirSync(join(folder, name, 'migrations'), { recursive: true })
    for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, name, file), text)
  }
  broker = await ownBroker()
  const tiers = { '1s': 200, '5s': 400, '30s': 600, '2m': 800, '10m': 1_000 }
  world = await createWorld([join(folder, 'clerk'), join(folder, 'diarist')], {
    tiers,
    broker,
    database: sharedServers().database,
  })
  database = new pg.Client({ connectionString: world.databaseUrl('clerk') })
  await database.connect()
  diary = new pg.Client({ connectionString: world.databaseUrl('diarist') })
  await diary.connect()
  await world.spawn('diarist')
  await listen(true)
}, 60_000)

afterAll(async () => {
  await database?.end()
  await diary?.end()
  await world?.close()
  await broker?.stop()
  rmSync(folder, { recursive: true })
}, 60_000)

async function listen(first = false) {
  const channel = await world.channel(broker.admin.user)
  if (first) {
    await channel.assertQueue('listener', { arguments: { 'x-queue-type': 'quorum' } })
    for (const type of ['memory.reminded.v1', 'day.closed.v1'])
      await channel.bindQueue('listener', 'events', `${type}.#`)
  }
  await channel.consume('listener', (message) => {
    if (!message) return
    const at = Date.now()
    const data = JSON.parse(message.content.toString()) as { n: number; due: number; at: string }
    if (message.properties.type === 'day.closed.v1') days.push(data.at)
    else
      arrivals.set(data.n, [
        ...(arrivals.get(data.n) ?? []),
        { id: String(message.properties.messageId), at, due: data.due },
      ])
    channel.ack(message)
  })
}

const sendAll = (messages: Parameters<World['send']>[0][]) => Promise.all(messages.map((each) => world.send(each)))
const numbers = (from: number, length: number) => Array.from({ length }, (_, index) => from + index)
const empty = async () => (await database.query('select from timers')).rowCount === 0
const early = (all: readonly number[]) => all.filter((n) => arrivals.get(n)![0]!.at < arrivals.get(n)![0]!.due)
const repeats = (all: readonly number[]) => all.reduce((sum, n) => sum + arrivals.get(n)!.length - 1, 0)

/** Every reminder has had its effect once: in the table of a handler, where nothing but its inbox keeps a second row out. */
async function expectOnce(all: readonly number[]) {
  const written = async () =>
    (
      await diary.query<{ n: number; count: number }>(
        'select n, count(*)::int from reminded where n = any($1) group by n order by n',
        [all],
      )
    ).rows
  await until(async () => (await written()).length === all.length, { within: 20_000 })
  expect(await written()).toEqual(all.map((n) => ({ n, count: 1 })))
}

/** Prints how late they first came, in milliseconds, and returns half, 95 % and the latest. */
function printLate(what: string, all: readonly number[], dueOf: (n: number) => number) {
  const late = all.map((n) => arrivals.get(n)![0]!.at - dueOf(n)).sort((one, other) => one - other)
  const share = (part: number) => late[Math.min(late.length - 1, Math.floor(late.length * part))] ?? 0
  const soon = late.filter((each) => each <= 1_000).length
  console.log(
    `${late.length} named delays ${what}: ${((soon / late.length) * 100).toFixed(1)} % within 1 s; half within ${share(0.5)} ms, 95 % within ${share(0.95)} ms, all within ${share(1)} ms`,
  )
  return { half: share(0.5), latest: share(1) }
}

/** Stores reminders for the next hour, and then moves them to their time: so all are stored before, however slow the machine is. */
async function remindAt(all: readonly number[], dueOf: (n: number) => number) {
  const due = Date.now() + 3_600_000
  await sendAll(all.map((n) => Remind({ n, due })))
  const names = all.map((n) => `@reminder ${n}`)
  const stored = async () => (await database.query('select from timers where name = any($1)', [names])).rowCount
  await until(async () => (await stored()) === all.length, { within: 40_000 })
  return () =>
    database.query(
      `update timers set due = row.due from unnest($1::text[], $2::timestamptz[]) as row (name, due) where timers.name = row.name`,
      [names, all.map((n) => new Date(dueOf(n)))],
    )
}

test(`named delays come at their time, ${count} that are due together and ${count} in ten seconds; a replaced one once, at its second time, a cancelled one never`, async () => {
  clerkProcess = await world.spawn('clerk')
  await clerkProcess.ready
  const [together, spread] = [numbers(0, count), numbers(count, count)]
  const [moved, cancelled] = [numbers(2 * count, 50), numbers(2 * count + 50, 50)]
  let from = 0
  const dueOf = (n: number) => from + (n < count ? 0 : 3_000 + (n - count) * 10)
  const move = await remindAt([...together, ...spread], dueOf)
  const due = Date.now() + 3_000
  await sendAll([...moved, ...cancelled].map((n) => Remind({ n, due })))
  await sendAll([...moved.map((n) => Remind({ n, due: due + 1_000 })), ...cancelled.map((n) => Forget({ n }))])
  from = Date.now() + 1_500
  await move()
  await until(() => arrivals.size >= 2 * count + 50, { within: 60_000 })
  await until(empty, { within: 20_000 })

  const all = [...together, ...spread, ...moved]
  expect([...arrivals.keys()].sort((one, other) => one - other)).toEqual(all)
  expect([...together, ...spread].filter((n) => arrivals.get(n)![0]!.at < dueOf(n))).toEqual([])
  expect(early(moved)).toEqual([])
  expect(moved.filter((n) => arrivals.get(n)![0]!.due < due + 900)).toEqual([])
  expect(repeats(all)).toBe(0)
  await expectOnce(all)
  // On a machine that does little else all come within half a second; here only a machine that stands still is left out.
  expect(printLate('that are due together', together, dueOf).latest).toBeLessThan(8_000)
  expect(printLate('in ten seconds', spread, dueOf).half).toBeLessThan(5_000)
}, 120_000)

test(`of ${count} named delays over a SIGKILL and a restart of the broker none is lost, early or doubled`, async () => {
  const all = numbers(10_000, count)
  const arrived = () => all.filter((n) => arrivals.has(n)).length
  const due = Date.now() + 4_000
  await sendAll(all.map((n) => Remind({ n, due: due + (n - 10_000) * 12 })))
  await until(() => arrived() >= 200, { within: 60_000 })
  await clerkProcess.kill('SIGKILL')
  clerkProcess = await world.spawn('clerk')
  await until(() => arrived() >= 500, { within: 60_000 })
  await broker.kill()
  await broker.restart()
  const back = Date.now()
  await listen()
  await until(() => arrived() === count, { within: 100_000 })
  await until(empty, { within: 40_000 })

  expect(all.filter((n) => new Set(arrivals.get(n)!.map(({ id }) => id)).size !== 1)).toEqual([])
  expect(early(all)).toEqual([])
  await expectOnce(all)
  console.log(`${repeats(all)} repeats under the same id, none of which had an effect`)
  const dueOf = (n: number) => arrivals.get(n)![0]!.due
  printLate('over the kill and the restart', all, dueOf)
  const afterwards = all.filter((n) => arrivals.get(n)![0]!.at > back)
  printLate('after the return of the broker', afterwards, (n) => Math.max(dueOf(n), back))
  await clerkProcess.kill()
}, 240_000)

describe('a schedule', () => {
  const closing = (cron: string, timezone = 'Europe/Berlin') => [
    schedule('close-of-day', cron, { timezone }, [], () => undefined),
  ]
  const rows = async () =>
    (
      await database.query<{ id: string; due: Date; cron: string }>(
        `select id, due, message::json->>'body' as cron from timers order by due`,
      )
    ).rows
  const daily = closing('0 0 * * *')

  beforeEach(() => database.query('delete from timers'))

  test('has one next run, however often it is prepared; another expression or zone moves it, and removal deletes it', async () => {
    expect(await planSchedules(database, daily)).toHaveLength(1)
    const [first] = await rows()
    expect(first!.due.toLocaleTimeString('sv', { timeZone: 'Europe/Berlin' })).toBe('00:00:00')
    expect(await planSchedules(database, daily)).toEqual([])
    expect(await rows()).toEqual([first])

    await planSchedules(database, closing('0 12 * * *', 'Asia/Tokyo'))
    const moved = await rows()
    expect(moved.map(({ due }) => due.toLocaleTimeString('sv', { timeZone: 'Asia/Tokyo' }))).toEqual(['12:00:00'])

    // The rollback.
    await planSchedules(database, daily)
    expect(await rows()).toEqual([first])
    await planSchedules(database, [])
    expect(await rows()).toEqual([])
  })

  test('makes up for missed runs by one, the latest, in a process that starts, and sets the next', async () => {
    await planSchedules(database, daily)
    const [planned] = await rows()
    // As if nothing had run for three days.
    const missed = new Date(planned!.due.getTime() - 3 * 86_400_000)
    await database.query(`update timers set due = $1, message = replace(message, $2, $3)`, [
      missed,
      planned!.due.toISOString(),
      missed.toISOString(),
    ])
    days.length = 0
    await database.query('update timers set id = gen_random_uuid()')
    const clerk = await world.spawn('clerk')
    await until(() => days.length > 0, { within: 20_000 })
    await until(async () => (await rows()).length === 1, { within: 20_000 })
    expect(await rows()).toMatchObject([{ id: planned!.id, due: planned!.due }])
    const { rows: ran } = await database.query<{ at: Date }>('select at from days')
    expect(ran).toHaveLength(1)
    expect(days).toEqual([ran[0]!.at.toISOString()])
    expect(planned!.due.getTime() - ran[0]!.at.getTime()).toBeLessThanOrEqual(25 * 3_600_000)
    await clerk.kill()
  }, 60_000)

  test('that an upgrade has removed while its run was in hand neither runs nor sets a next run', async () => {
    const [{ batch }] = daily as [(typeof daily)[number]]
    await planSchedules(database, daily)
    const [row] = await rows()
    const run = () =>
      batch!.run([{ data: JSON.parse(row!.cron), message: { id: row!.id } as never, contract: daily[0]!.contract }], {
        db: { query: (text, values) => database.query(text, values as unknown[]) as never },
        now: row!.due,
        log: undefined as never,
        count: () => undefined,
      })
    expect(await run()).toMatchObject([[{ schedule: 'close-of-day' }]])
    await planSchedules(database, [])
    expect(await run()).toEqual([[]])
  })
})
