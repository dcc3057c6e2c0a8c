import { randomUUID } from 'node:crypto'
import { Client } from 'pg'
import { createWorld, type World } from '#testbed'
import { openDatabases, type Databases } from './databases.ts'

let world: World
let owner: Client
let databases: Databases

beforeAll(async () => {
  world = await createWorld(['handlers/runtime/fixtures/workbench'])
  const url = world.databaseUrl('workbench')
  owner = new Client({ connectionString: url })
  await owner.connect()
  databases = await openDatabases({ workbench: url })
})
afterAll(async () => {
  await databases?.close()
  await owner?.end()
  await world?.close()
})

test('a stored message is found by an id that is a whole JSON string in it, not by one that is a part of others', async () => {
  const stored = { id: randomUUID(), correlationId: 'order 12', body: JSON.stringify({ number: '5', name: 'a "b" c' }) }
  await owner.query(`insert into timers (id, due, message) values ($1, now() + interval '1 h', $2)`, [
    stored.id,
    JSON.stringify(stored),
  ])
  const found = async (id: string) => (await databases.containing(id)).length
  for (const id of [stored.id, 'order 12', '5', 'a "b" c']) expect([id, await found(id)]).toEqual([id, 1])
  for (const id of ['', '1', '-', 'order', 'b', '%', '5"']) expect([id, await found(id)]).toEqual([id, 0])
})

test('of very many operations with one correlation id, the first hundred are read', async () => {
  await owner.query(
    `insert into inbox (id, body_hash, correlation_id) select gen_random_uuid(), 'x', 'same' from generate_series(1, 1000)`,
  )
  expect(await databases.first('same')).toHaveLength(100)
})

test('a parked message is found by its id and by what it carries, until it is handled', async () => {
  const id = randomUUID()
  await owner.query(
    `insert into parked (id, key, message, history, reason, error, done) values
       ($1, 'MUG-1', '{"properties":{"correlationId":"feed 3"}}', '{}', 'rejected', 'Reject: no', false),
       (gen_random_uuid(), 'MUG-2', '{"properties":{"correlationId":"feed 3"}}', '{}', null, null, true)`,
    [id],
  )
  const rejected = expect.objectContaining({ handler: 'workbench', key: 'MUG-1', due: null, reason: 'rejected' })
  expect(await databases.parked([id], [])).toEqual([rejected])
  expect(await databases.parked([], ['"feed 3"'])).toEqual([rejected])
  expect(await databases.parked([], ['"feed"'])).toEqual([])
})
