import { randomBytes, randomUUID } from 'node:crypto'
import { Client } from 'pg'
import { migrate } from '#runtime/database/migrate.ts'
import { sharedServers } from '../testbed/servers.ts'
import { mostTimers, timersOf } from './timers.ts'

const { database } = sharedServers()
const name = `timers-${randomBytes(4).toString('hex')}`
let url: string
let client: Client
let timers: ReturnType<typeof timersOf>

beforeAll(async () => {
  url = await database.create(name)
  await migrate(url)
  client = new Client({ connectionString: url })
  await client.connect()
  timers = timersOf({ orders: url, billing: 'postgres://absent@127.0.0.1:9/billing' })
})
afterAll(async () => {
  await timers.close()
  await client.end()
  await database.drop(name)
})
beforeEach(() => client.query('delete from timers'))

const setTimer = (seconds: number) =>
  client.query(`insert into timers (id, due, message) values ($1, now() + make_interval(secs => $2), '{}')`, [
    randomUUID(),
    seconds,
  ])

test('a timer starts its handler shortly before it is due, so that a process is ready in time', async () => {
  await setTimer(60)
  expect(await timers.read('orders')).toEqual({ due: 0, pending: 1 })
  await setTimer(10)
  expect(await timers.read('orders')).toEqual({ due: 1, pending: 2 })
})

test('any number of due timers counts as one: more replicas would only wait for the same lock', async () => {
  for (const seconds of [-100, -1, 0]) await setTimer(seconds)
  expect(await timers.read('orders')).toEqual({ due: 1, pending: 3 })
})

test('a table of any size is counted in no time: up to a limit', async () => {
  await client.query(`insert into timers (id, due, message)
    select gen_random_uuid(), now() + interval '1 day', '{}' from generate_series(1, ${mostTimers + 5})`)
  expect(await timers.read('orders')).toEqual({ due: 0, pending: mostTimers })
})

test('a handler without a database has no timers', async () => {
  expect(await timers.read('notifications')).toEqual({ due: 0, pending: 0 })
})

test('a database that does not respond is not a database without timers', async () => {
  expect(await timers.read('billing')).toBeUndefined()
})
