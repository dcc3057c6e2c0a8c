import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { metric, until } from '#testbed'
import { JobDone, PassOn } from '../fixtures/jobs.ts'
import { openWorkbench, type Workbench } from '../fixtures/workbench.ts'
import { outgoing } from '../message/outgoing.ts'

let bench: Workbench
let database: pg.Client

beforeAll(async () => {
  bench = await openWorkbench()
  database = new pg.Client({ connectionString: bench.world.databaseUrl('workbench') })
  await database.connect()
})
afterEach(() => bench.end())
afterAll(async () => {
  await database?.end()
  await bench?.close()
})

test('outputs that a killed process had committed but not marked as published are published by the next process, and marked', async () => {
  const [id, output] = [randomUUID(), randomUUID()]
  const message = outgoing(JobDone({ job: 'left', text: '' }), output, 'c', {})
  await database.query(
    `insert into inbox (id, body_hash, outputs, handled_at) values ($1, 'of a body', $2, now() - interval '2 min')`,
    [id, JSON.stringify([message])],
  )
  await bench.start()
  await until(() => bench.told.some(({ properties }) => properties.messageId === output))
  await until(async () => {
    const { rows } = await database.query('select outputs from inbox where id = $1', [id])
    return rows[0]?.outputs === null
  })
})

test('inbox rows older than 30 days are deleted as fast as new ones arrive, but never those with unpublished outputs', async () => {
  const add = (count: number, outputs: string | null) =>
    database.query(
      `insert into inbox (id, body_hash, outputs, handled_at)
       select gen_random_uuid(), 'old', $2, now() - interval '31 days' from generate_series(1, $1)`,
      [count, outputs],
    )
  await add(2_500, null)
  await add(1, '[]')
  await bench.start()
  await until(async () => {
    const { rows } = await database.query(`select outputs from inbox where body_hash = 'old'`)
    expect(rows).toEqual([{ outputs: '[]' }])
    return true
  })
})

test('a timer whose message no queue takes is in flight only once, however often its lease expires', async () => {
  const message = outgoing(PassOn({ job: 'no queue is bound' }), randomUUID(), 'c', {})
  await database.query('insert into timers (id, due, message) values ($1, now(), $2)', [
    randomUUID(),
    JSON.stringify(message),
  ])
  const process = await bench.start()
  const returned = () => metric(process, 'warren_returned_total{exchange="commands"}')
  await until(
    async () => {
      await database.query('update timers set due = now()')
      return (await returned()) >= 5
    },
    { within: 40_000 },
  )
  expect(await metric(process, 'warren_in_flight')).toBe(1)
  await database.query('delete from timers')
})
