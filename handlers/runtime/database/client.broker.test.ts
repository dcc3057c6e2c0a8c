import { randomBytes } from 'node:crypto'
import { escapeIdentifier, escapeLiteral } from 'pg'
import { sharedServers } from '#testbed'
import { clientOf, poolOf } from './client.ts'

const { adminUrl } = sharedServers().database

async function asAdmin(...statements: string[]) {
  const admin = clientOf(adminUrl)
  await admin.connect()
  for (const statement of statements) await admin.query(statement)
  await admin.end()
}

/** A shell that points every client of PostgreSQL somewhere else. */
const hostile = {
  PGHOST: 'elsewhere.invalid',
  PGPORT: '1',
  PGUSER: 'other-role',
  PGDATABASE: 'elsewhere',
  PGPASSWORD: 'other',
  PGPASSFILE: '/nowhere',
  PGSERVICE: 'elsewhere',
  PGSSLMODE: 'require',
  PGSSLNEGOTIATION: 'direct',
  PGOPTIONS: '-c search_path=elsewhere -c statement_timeout=1',
  PGAPPNAME: 'elsewhere',
  PGREPLICATION: 'database',
  PGCLIENTENCODING: 'LATIN1',
  PGCONNECT_TIMEOUT: '1',
}

test('a client depends on its URL alone, not on the PG… variables of the shell, and leaves them as they are', async () => {
  const before = process.env
  process.env = { ...before, ...hostile }
  try {
    const look = `select current_setting('search_path') as path, current_setting('statement_timeout') as timeout,
      current_setting('application_name') as name, current_setting('client_encoding') as encoding`
    const expected = { path: '"$user", public', timeout: '0', name: '', encoding: 'UTF8' }
    const client = clientOf(adminUrl)
    await client.connect()
    expect((await client.query(look)).rows).toEqual([expected])
    await client.end()

    const pool = poolOf(adminUrl, { application_name: 'reads' })
    expect((await pool.query(look)).rows).toEqual([{ ...expected, name: 'reads' }])
    await pool.end()
    expect(process.env).toMatchObject(hostile)
  } finally {
    process.env = before
  }
})

test('role, password and database may contain any character, encoded as in every URL', async () => {
  const suffix = randomBytes(4).toString('hex')
  const [role, password, database] = [`Jürgen/${suffix}`, 'pä ss%w€rd#?@:/', `läden/${suffix}?`]
  await asAdmin(
    `create role ${escapeIdentifier(role)} login password ${escapeLiteral(password)}`,
    `create database ${escapeIdentifier(database)} owner ${escapeIdentifier(role)}`,
  )
  const [user, secret, path] = [role, password, database].map(encodeURIComponent)
  const client = clientOf(`postgres://${user}:${secret}@${new URL(adminUrl).host}/${path}`)
  await client.connect()
  const { rows } = await client.query('select current_user as role, current_database() as database')
  await client.end()
  expect(rows).toEqual([{ role, database }])
  await asAdmin(`drop database ${escapeIdentifier(database)}`, `drop role ${escapeIdentifier(role)}`)
})
