import { randomBytes, randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { pino } from 'pino'
import { until, sharedServers } from '#testbed'
import { event } from '../contract.ts'
import { parseManifest } from '../manifest/index.ts'
import { createMetrics } from '../observe/metrics.ts'
import { migrate } from './migrate.ts'
import type { Batch, Db } from '../on.ts'
import { runTransaction } from '../delivery/transaction.ts'
import { itemOfSubmission, itemOfTimer, type Work, type WorkItem } from '../delivery/work-item.ts'
import { TimedOut } from '../time/within.ts'
import { openDatabase, type Database } from './connection.ts'
import { dbOf } from './db.ts'
import { DatabaseLost } from './lost.ts'

const log = pino({ enabled: false })
const name = `database-${randomBytes(4).toString('hex')}`

let url: string
let database: Database

beforeAll(async () => {
  url = await sharedServers().database.create(name)
  await migrate(url)
})

afterAll(() => sharedServers().database.drop(name))

beforeEach(() => {
  database = openDatabase(url, name, log)
})

afterEach(() => database.close())

const nothingConfirmed = { inbox: [], timers: [], outbox: [] }

function submit(work: Work) {
  return handle(itemOfSubmission(work, 'c', randomUUID()))
}

const metrics = createMetrics(parseManifest('tests', {}), '1', { inFlight: () => 0, blocked: () => [] })

const context = { handler: name, mayPublish: new Set<string>(), timeout: 5_000, ownRowsOnly: false, metrics, log }

function handle(item: WorkItem) {
  return database.use((client) => runTransaction(client, [{ item }], nothingConfirmed, context))
}

async function waiting(): Promise<number> {
  const { rows } = await (await database.client()).query<{ count: number }>('select count(*)::int as count from timers')
  return rows[0]?.count ?? -1
}

const insert = `insert into timers (id, due, message) values (gen_random_uuid(), now(), '')`

test('work with a failed statement is never reported as done, even if the error was ignored', async () => {
  const before = await waiting()
  const hushed = submit(async (db) => {
    await db.query(insert)
    await db.query('select nothing from nowhere').catch(() => undefined)
    return { value: 'done', messages: [] }
  })
  await expect(hushed).rejects.toThrow()
  expect(await waiting()).toBe(before)

  await submit(async (db) => ({ value: await db.query(insert), messages: [] }))
  expect(await waiting()).toBe(before + 1)
})

test('two statements in one query are refused, even when there are too many texts to name each statement', async () => {
  const before = await waiting()
  const client = await database.client()
  await client.query('begin')
  const db = dbOf(client)
  for (let number = 0; number < 250; number++) await db.query(`select ${number}`)
  await expect(db.query(`${insert}; commit; begin`)).rejects.toThrow('cannot insert multiple commands')
  await client.query('rollback')
  expect(await waiting()).toBe(before)
})

test('a statement after the handler has returned is refused', async () => {
  let late: Promise<unknown> = Promise.resolve()
  const work = submit(async (db) => {
    setTimeout(() => {
      late = db.query(insert)
    }, 50)
    return { value: 'done', messages: [] }
  })
  await work
  const { query } = dbOf(await database.client())
  await query('select pg_sleep(0.1)')
  await expect(late).rejects.toThrow('`db` was used after its handler had returned: await every query')
})

test('a lost connection is distinguished from a wrong statement, and is replaced by a new one', async () => {
  const client = await database.client()
  const { query } = dbOf(client)
  await expect(query('select nothing from nowhere')).rejects.not.toBeInstanceOf(DatabaseLost)
  await expect(query('select pg_terminate_backend(pg_backend_pid())')).rejects.toBeInstanceOf(DatabaseLost)
  const next = await until(async () => {
    const fresh = await database.client()
    return fresh !== client && fresh
  })
  expect((await next.query('select 1 as one')).rows).toEqual([{ one: 1 }])
})

test.each([
  ['no server listens', 'postgres://absent@127.0.0.1:1/none'],
  ['the database does not exist', () => url.replace(/[^/]+$/, 'none')],
])('%s: the database counts as lost, and the error does not contain its password', async (_, other) => {
  const closed = openDatabase(typeof other === 'string' ? other : other(), name, log)
  await expect(closed.client()).rejects.toThrow(DatabaseLost)
  await expect(closed.client()).rejects.not.toThrow(new URL(url).password)
  await closed.close()
})

test('an abandoned transaction is ended by the server, which frees its lock', async () => {
  const limits = await submit(async (db) => {
    const { rows } = await db.query(
      `select name, setting from pg_settings where name in ('transaction_timeout', 'idle_in_transaction_session_timeout') order by name`,
    )
    return { value: rows, messages: [] }
  })
  expect(limits).toMatchObject([
    {
      value: [
        { name: 'idle_in_transaction_session_timeout', setting: '10000' },
        { name: 'transaction_timeout', setting: '30000' },
      ],
    },
  ])
  // Only from the moment when it has the lock: waiting for that may take longer.
  const { rows } = await (await database.client()).query('show transaction_timeout')
  expect(rows).toEqual([{ transaction_timeout: '0' }])
})

test.each([
  ['takes too long', 'transaction_timeout', 'transaction timeout', 'select pg_sleep(4)'],
  ['does nothing for too long', 'idle_in_transaction_session_timeout', 'idle-in-transaction timeout', undefined],
])('a transaction that %s counts against its message, not as a lost database', async (_, limit, reason, statement) => {
  const work = submit(async (db) => {
    // The server takes a new limit only while none counts.
    for (const value of ['0', '100ms']) await db.query(`set local ${limit} = '${value}'`)
    if (statement !== undefined) await db.query(statement)
    else await pause(500)
    await db.query('select 1')
    return { value: 'done', messages: [] }
  })
  await expect(work).rejects.toThrow(TimedOut)
  await expect(work).rejects.toThrow(reason)
})

test('values that cannot be sent fail their own message, but no other with the same statement', async () => {
  const say = (value: unknown) =>
    submit(async (db: Db) => ({ value: (await db.query('select $1::text as said', [value])).rows, messages: [] }))
  expect(await say('hello')).toMatchObject([{ value: [{ said: 'hello' }] }])
  await expect(say({ amount: 1n })).rejects.toThrow('BigInt')
  expect(await say('hello')).toMatchObject([{ value: [{ said: 'hello' }] }])
})

test('occurrences that a batch reports are counted when its transaction is committed, and only then', async () => {
  const Tick = event('clock.ticked.v1', {})
  const ring = (statement: string) => {
    const batch: Batch = {
      async run(items, { db, count }) {
        count({ what: 'saga started', saga: 'clock', times: 1 })
        await db.query(statement).catch(() => undefined)
        return items.map(() => [])
      },
    }
    const message = {
      exchange: 'timers',
      key: '',
      type: Tick.type,
      body: '{}',
      correlationId: 'c',
      headers: {},
    } as const
    const subscriptions = new Map([[Tick.type, { contract: Tick, outputs: [], batch }]])
    return handle(itemOfTimer(randomUUID(), { ...message, id: randomUUID() }, subscriptions))
  }
  const counted = async () => (await metrics.sagaStarted.get()).values.map(({ value }) => value)

  await expect(ring('select nothing from nowhere')).rejects.toThrow()
  expect(await counted()).toEqual([])
  await ring('select 1')
  expect(await counted()).toEqual([1])
})
