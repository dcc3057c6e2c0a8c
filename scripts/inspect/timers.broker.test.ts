import { randomBytes, randomUUID } from 'node:crypto'
import { Client } from 'pg'
import { migrate } from '#runtime/database/migrate.ts'
import { sharedServers } from '../testbed/servers.ts'
import { timersOf } from './timers.ts'

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
  expect(await timers.due('orders')).toBe(0)
  await setTimer(10)
  expect(await timers.due('orders')).toBe(1)
})

test('any number of due timers counts as one: more replicas would only wait for the same lock', async () => {
  for (const seconds of [-100, -1, 0]) await setTimer(seconds)
  expect(await timers.due('orders')).toBe(1)
})

test('a handler without a database has no timers', async () => {
  expect(await timers.due('notifications')).toBe(0)
})

test('a database that does not respond is not a database without timers', async () => {
  expect(await timers.due('billing')).toBeUndefined()
})
