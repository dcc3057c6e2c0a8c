import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { sharedServers } from '#testbed'
import { migrate } from './migrate.ts'

const { database } = sharedServers()
let root: string
let url: string
let name: string

beforeEach(async () => {
  name = `stock-${randomBytes(4).toString('hex')}`
  root = mkdtempSync(join(tmpdir(), 'warren-migrate-'))
  mkdirSync(join(root, 'migrations'))
  url = await database.create(name)
})
afterEach(async () => {
  await database.drop(name)
  rmSync(root, { recursive: true })
})

const write = (file: string, text: string) => writeFileSync(join(root, 'migrations', file), text)
const remove = (file: string) => rmSync(join(root, 'migrations', file))
const run = () => migrate(url, root, { handler: 'stock' })
const place = 'handlers/stock/migrations'
const emptied = ', or, on a laptop, empty the database with `npm run reset -- stock`'

async function query<Row>(text: string): Promise<Row[]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(text)).rows as Row[]
  } finally {
    await client.end()
  }
}

const first = '-- Up Migration\n\ncreate table pieces (sku text primary key);\n'

test('a migration that was edited after it had run is named with both ways out, and nothing runs', async () => {
  write('0001_pieces.sql', first)
  await run()
  write('0001_pieces.sql', first.replace('sku text', 'sku varchar(20)'))
  write('0002_more.sql', 'create table more (id int);')
  await expect(run()).rejects.toThrow(
    new Error(
      `${place}/0001_pieces.sql: it was edited after it had run on the database: restore it and write a new migration${emptied}`,
    ),
  )
  expect(await query(`select to_regclass('more') as more`)).toEqual([{ more: null }])

  write('0001_pieces.sql', first)
  expect(await run()).toEqual(['0002_more'])
})

test('other line endings are no edit', async () => {
  write('0001_pieces.sql', first)
  await run()
  write('0001_pieces.sql', first.replaceAll('\n', '\r\n'))
  expect(await run()).toEqual([])
})

test('in a database from before checksums, the first run records them, and the next one compares', async () => {
  write('0001_pieces.sql', first)
  await run()
  await query('alter table handler_migrations drop column checksum')
  expect(await run()).toEqual([])
  write('0001_pieces.sql', `${first}-- Pieces.\n`)
  await expect(run()).rejects.toThrow(`${place}/0001_pieces.sql: it was edited`)
})

test('of many runs at once each migration is run by one, and all record the same checksums', async () => {
  write('0001_pieces.sql', first)
  write('0002_more.sql', 'create table more (id int);')
  const ran = (await Promise.all([1, 2, 3, 4].map(run))).flat().filter((each) => /pieces|more/.test(each))
  expect(ran.sort()).toEqual(['0001_pieces', '0002_more'])
  expect(await query('select count(distinct checksum)::int as count from handler_migrations')).toEqual([{ count: 2 }])
  expect(await run()).toEqual([])
})

test('a program of a release with an edited migration records nothing while another one runs the original', async () => {
  const other = mkdtempSync(join(tmpdir(), 'warren-migrate-'))
  mkdirSync(join(other, 'migrations'))
  write('0001_pieces.sql', first)
  writeFileSync(join(other, 'migrations/0001_pieces.sql'), `${first}-- Edited.\n`)
  const both = await Promise.allSettled([run(), migrate(url, other, { handler: 'stock' })])
  expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  rmSync(other, { recursive: true })
})

test('a migration that is inserted before one that has run is named with its way out', async () => {
  write('0002_pieces.sql', first)
  await run()
  write('0001_early.sql', 'create table early (id int);')
  await expect(run()).rejects.toThrow(
    new Error(
      `${place}/0001_early.sql: it comes before 0002_pieces.sql, which has already run: give it the next number`,
    ),
  )
})

test('a migration that is gone is named if later ones are there, and not in the earlier release of a rollback', async () => {
  write('0001_pieces.sql', first)
  write('0002_more.sql', 'create table more (id int);')
  await run()
  remove('0002_more.sql')
  expect(await run()).toEqual([])
  write('0002_more.sql', 'create table more (id int);')
  remove('0001_pieces.sql')
  await expect(run()).rejects.toThrow(
    new Error(`${place}/0001_pieces.sql: it has run on the database and is gone: restore it${emptied}`),
  )
})

test('the last migration under a new name is named as gone, with both ways out', async () => {
  write('0001_processed.sql', first)
  await run()
  remove('0001_processed.sql')
  write('0001_counts.sql', first)
  await expect(run()).rejects.toThrow(
    new Error(`${place}/0001_processed.sql: it has run on the database and is gone: restore it${emptied}`),
  )
})

test('an error in SQL names the file and the line, and none of the new migrations is kept', async () => {
  write('0001_pieces.sql', first)
  write('0002_more.sql', '-- More.\n-- Up Migration\n\ncreate table more (id int);\ncreate tabel most (id int);\n')
  await expect(run()).rejects.toThrow(`${place}/0002_more.sql:5: syntax error at or near "tabel"`)
  expect(await query(`select to_regclass('pieces') as pieces`)).toEqual([{ pieces: null }])
})

test('an error without a place in the SQL names the file', async () => {
  write('0001_pieces.sql', `${first}create table pieces (id int);`)
  await expect(run()).rejects.toThrow(`${place}/0001_pieces.sql: relation "pieces" already exists`)
})
