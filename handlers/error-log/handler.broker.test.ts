import { randomUUID } from 'node:crypto'
import { LogWritten } from '#contracts'
import { createWorld, until, type World } from '#testbed'
import { Client } from 'pg'

let world: World
let db: Client

beforeAll(async () => {
  world = await createWorld(['error-log'])
  db = new Client({ connectionString: world.databaseUrl('error-log') })
  await db.connect()
  await (
    await world.spawn('error-log')
  ).ready
}, 60_000)
afterAll(async () => {
  await db?.end()
  await world?.close()
})

const line = (
  severity: 'error' | 'warning',
  source: 'user' | 'gateway',
  text: string,
  lineId = randomUUID() as string,
) => LogWritten({ lineId, severity, source, text, times: 1 })
const errors = async () => (await db.query('select source, text, correlation_id from errors order by text')).rows

test('errors of every source are kept once each, and lines of another severity do not arrive', async () => {
  const repeated = line('error', 'gateway', 'a failed request')
  await world.send(line('warning', 'gateway', 'not delivered'))
  await world.send(line('warning', 'user', 'not delivered'))
  await world.send(repeated, { correlationId: 'the operation' })
  await world.send(repeated, { correlationId: 'the operation' })
  await world.send(line('error', 'user', 'a failed customer'), { correlationId: 'another' })
  await until(async () => (await world.depth('error-log')) === 0 && (await errors()).length === 2)
  expect(await errors()).toEqual([
    { source: 'user', text: 'a failed customer', correlation_id: 'another' },
    { source: 'gateway', text: 'a failed request', correlation_id: 'the operation' },
  ])
  expect(await world.depth('unrouted')).toBe(2)
})
