import { randomBytes, randomUUID } from 'node:crypto'
import { pino } from 'pino'
import { sharedServers } from '#testbed'
import { openDatabase, type Database } from './connection.ts'
import { beginTransaction, commitTransaction } from './inbox.ts'
import { migrate } from './migrate.ts'

const name = `plans-${randomBytes(4).toString('hex')}`
let database: Database

beforeAll(async () => {
  const url = await sharedServers().database.create(name)
  await migrate(url)
  database = openDatabase(url, name, pino({ enabled: false }))
})

afterAll(async () => {
  await database.close()
  await sharedServers().database.drop(name)
})

test('rows are looked up by their ids also with the plans that were made while the tables were empty', async () => {
  const ids = () => Array.from({ length: 5 }, () => randomUUID())
  const plans = await database.use(async (client) => {
    // PostgreSQL keeps the plan of a prepared statement from its sixth execution on.
    for (let count = 0; count < 10; count++) {
      await beginTransaction(client, ids(), { inbox: ids(), timers: ids(), outbox: ids() })
      await commitTransaction(client, { handled: [], freed: [], timers: [], outbox: [] })
    }
    const lines: string[] = []
    for (const statement of ['known', 'empty', 'fired', 'sent']) {
      const { rows } = await client.query<Record<'QUERY PLAN', string>>(
        `explain execute warren_${statement}('{${ids().join()}}')`,
      )
      lines.push(...rows.map((row) => `${statement}: ${row['QUERY PLAN']}`))
    }
    return lines
  })
  expect(plans.filter((line) => line.includes('Seq Scan'))).toEqual([])
  expect(plans.filter((line) => line.includes('_pkey'))).toHaveLength(4)
})

test('the statements of the handler are planned as PostgreSQL would', async () => {
  await database.use(async (client) => {
    await beginTransaction(client, [randomUUID()], { inbox: [], timers: [], outbox: [] })
    expect((await client.query('show enable_seqscan')).rows).toEqual([{ enable_seqscan: 'on' }])
    await commitTransaction(client, { handled: [], freed: [], timers: [], outbox: [] })
  })
})
