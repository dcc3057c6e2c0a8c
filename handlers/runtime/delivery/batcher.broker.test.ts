import { randomBytes, randomUUID } from 'node:crypto'
import { Client, escapeIdentifier } from 'pg'
import { pino } from 'pino'
import * as z from 'zod'
import { openLink, type Link, sharedServers, until } from '#testbed'
import { event } from '../contract.ts'
import { openDatabase, type Database } from '../database/connection.ts'
import { migrate } from '../database/migrate.ts'
import { Unavailable } from '../failures.ts'
import { parseManifest } from '../manifest/index.ts'
import { createMetrics } from '../observe/metrics.ts'
import { createBatcher, type Batcher } from './batcher.ts'
import { itemOfSubmission, type Work } from './work-item.ts'

const Counted = event('count.counted.v1', { n: z.int() })
const log = pino({ enabled: false })
const name = `batcher-${randomBytes(4).toString('hex')}`
const metrics = createMetrics(parseManifest('tests', {}), '1', { inFlight: () => 0, blocked: () => [] })
const mayPublish = new Set([Counted.type])
const context = { handler: name, mayPublish, timeout: 5_000, ownRowsOnly: false, metrics, log }

let link: Link
let client: Client
let database: Database
let batcher: Batcher

beforeEach(async () => {
  const url = await sharedServers().database.create(name)
  await migrate(url)
  client = new Client({ connectionString: url })
  await client.connect()
  link = await openLink(Number(new URL(url).port))
  database = openDatabase(link.via(url), name, log)
  const leaving = new AbortController().signal
  const report = { pause: () => undefined }
  batcher = createBatcher({ database, subscriptions: new Map(), intake: undefined, leaving, report, context })
})

afterEach(async () => {
  await batcher.stop()
  await database.close()
  await link.close()
  await client.end()
  await sharedServers().database.drop(name)
})

function submit(work: Work) {
  return batcher.add({ item: itemOfSubmission(work, 'c', randomUUID()) })
}

test('a database that answers again counts as back, even if it refuses to read the rows that are due', async () => {
  const admin = new Client({ connectionString: sharedServers().database.adminUrl })
  await admin.connect()
  await batcher.due(true)
  await admin.query(`alter database ${escapeIdentifier(name)} allow_connections false`)
  await admin.query('select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1', [name])
  for (let tries = 0; tries < 6; tries++) await batcher.due(true)
  expect(batcher.paused).toBe('database')

  await client.query('alter table timers rename to mislaid')
  await admin.query(`alter database ${escapeIdentifier(name)} allow_connections true`)
  await admin.end()
  for (let tries = 0; tries < 6; tries++) await batcher.due(true)
  expect(batcher.paused).toBeUndefined()
  expect(await submit(async () => ({ value: 'done', messages: [] }))).toMatchObject({ value: 'done' })
}, 60_000)

test('a handler with nothing in hand looks for due rows, although the dependency of its last transactions was unavailable', async () => {
  const message = { exchange: 'events', key: Counted.type, type: Counted.type, correlationId: 'c', body: '{"n":1}' }
  const text = 'insert into timers (id, due, message) values (gen_random_uuid(), now(), $1)'
  await client.query(text, [JSON.stringify(message)])
  const fails = () => Promise.reject(new Unavailable('bank', { cause: new Error('no answer') }))
  for (let tries = 0; tries < 5; tries++) expect(await submit(fails)).toMatchObject({ kind: 'failed' })
  expect(batcher.paused).toBe('bank')
  expect((await batcher.due(false)).items).toEqual([])
  expect((await batcher.due(true)).items).toHaveLength(1)
}, 60_000)

test('a look for due rows finds out when the next timer is due', async () => {
  const text = `insert into timers (id, due, message) values (gen_random_uuid(), now() + interval '700 ms', '{}')`
  await client.query(text)
  const { items, next } = await batcher.due(true)
  expect(items).toEqual([])
  expect(next).toBeGreaterThan(0)
  expect(next).toBeLessThanOrEqual(700)
  await client.query('delete from timers')
}, 60_000)

test('a submission is done once, and its caller gets an error, when the answer to its commit is lost', async () => {
  await client.query(`
    create table counted (n int);
    create function slowly() returns trigger language plpgsql as 'begin perform pg_sleep(1); return null; end';
    create constraint trigger slowly after insert on counted deferrable initially deferred
      for each row execute function slowly()`)
  const submitted = submit(async (db) => {
    await db.query('insert into counted values (1)')
    return { value: 'done', messages: [] }
  })
  const storing = submit(async () => ({ value: 'done', messages: [Counted({ n: 1 })] }))
  const inCommit = `select from pg_stat_activity where query = 'commit' and wait_event = 'PgSleep' and datname = $1`
  await until(async () => (await client.query(inCommit, [name])).rowCount === 1)

  link.cut()
  const unavailable = { kind: 'failed', error: { dependency: 'database' } }
  expect([await submitted, await storing]).toMatchObject([unavailable, unavailable])
  await until(async () => (await client.query('select from outbox')).rowCount === 1)
  expect((await client.query('select from counted')).rowCount).toBe(1)
}, 30_000)

test('a submission is handled although another dependency is unavailable and the database was lost for a moment', async () => {
  const fails = () => Promise.reject(new Unavailable('bank', { cause: new Error('no answer') }))
  for (let tries = 0; tries < 5; tries++) await submit(fails)
  const admin = new Client({ connectionString: sharedServers().database.adminUrl })
  await admin.connect()
  await admin.query(`alter database ${escapeIdentifier(name)} allow_connections false`)
  await admin.query('select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1', [name])
  await batcher.due(true)
  await admin.query(`alter database ${escapeIdentifier(name)} allow_connections true`)
  await admin.end()
  expect(await submit(async () => ({ value: 'done', messages: [] }))).toMatchObject({ value: 'done' })
}, 60_000)
