import { randomUUID } from 'node:crypto'
import { LogWritten } from '#contracts'
import { createWorld, until, type World } from '#testbed'
import { Client } from 'pg'

// The handler error-log has a queue here but never runs, so what is delivered to it stays there.
let world: World
let db: Client
let url: string

beforeAll(async () => {
  world = await createWorld(['gateway', 'error-log', 'user-log'])
  db = new Client({ connectionString: world.databaseUrl('user-log') })
  await db.connect()
  const gateway = await world.spawn('gateway', { AUTH_SECRET: 'a secret that only the tests use' })
  await Promise.all([gateway.ready, (await world.spawn('user-log')).ready])
  url = `http://127.0.0.1:${gateway.httpPort}`
}, 60_000)
afterAll(async () => {
  await db?.end()
  await world?.close()
})

const line = (severity: 'error' | 'warning', source: 'user' | 'gateway', text: string) =>
  LogWritten({ lineId: randomUUID(), severity, source, text, times: 1 })
const lines = async () => (await db.query('select severity, text, times from lines order by severity, text')).rows

test('lines about users are kept, of any severity; an error of a user goes to the log of errors too', async () => {
  await world.send(line('warning', 'user', 'a warning'))
  await world.send(line('error', 'user', 'an error'))
  await world.send(line('error', 'gateway', 'not delivered'))
  await world.send(line('warning', 'gateway', 'not delivered'))
  await until(async () => (await lines()).length === 2)
  expect(await lines()).toEqual([
    { severity: 'error', text: 'an error', times: 1 },
    { severity: 'warning', text: 'a warning', times: 1 },
  ])
  expect(await world.depth('error-log')).toBe(2)
  expect(await world.depth('unrouted')).toBe(1)
})

test('the sign-ins that a gateway refuses are counted here, by their reason', async () => {
  await db.query('truncate lines')
  const signIn = (authorization: string) => fetch(`${url}/api/orders`, { headers: { authorization } })
  const reasons = { 'Bearer a.b.c': 'Authorization contains an invalid token', Basic: 'Authorization must be' }
  for (const header of Object.keys(reasons))
    for (let time = 0; time < 20; time++) expect((await signIn(header)).status).toBe(401)
  const counted = await until(async () => {
    const { rows } = await db.query(
      'select text, sum(times)::int as times, count(*)::int as rows from lines group by text order by text',
    )
    return rows.length === 2 && rows.every(({ times }) => times === 20) && rows
  })
  expect(counted.map(({ text }) => text)).toEqual(
    Object.values(reasons).map((reason) => expect.stringContaining(reason)),
  )
  for (const { rows } of counted) expect(rows).toBeLessThan(20)
})
