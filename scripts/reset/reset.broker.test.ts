import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { Client } from 'pg'
import { migrate } from '#runtime/database/migrate.ts'
import { writeSystem } from '../inspect/system.ts'
import { claim, release } from '../servers/claim.ts'
import { startDatabase, type LocalDatabase } from '../servers/database.ts'

let data: string
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'warren-reset-'))
  // When started by root, PostgreSQL runs under an account without rights, which must be able to enter the folder.
  chmodSync(data, 0o755)
})
afterEach(() => rmSync(data, { recursive: true, force: true }))

const reset = (...args: string[]) => resetIn(data, ...args)

function resetIn(folder: string, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['scripts/warren.mjs', 'reset', ...args, '--data', folder],
    { encoding: 'utf8', timeout: 60_000, input: '', env: { PATH: process.env.PATH, HOME: process.env.HOME } },
  )
  return { status, stdout, stderr }
}

async function inDatabase<Row>(url: string, text: string): Promise<Row[]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(text)).rows as Row[]
  } finally {
    await client.end()
  }
}

/** A database server with a payment, as `npm start` leaves it. */
async function withPayment(): Promise<{ server: LocalDatabase; url: string }> {
  const server = await startDatabase({ folder: join(data, 'database') })
  const url = await server.create('payments')
  await migrate(url, 'handlers/payments')
  await inDatabase(url, `insert into outbox (id, message) values (gen_random_uuid(), '{}')`)
  return { server, url }
}

const left = async (url: string) =>
  (await inDatabase<{ count: number }>(url, 'select count(*)::int as count from outbox'))[0]?.count

test('while nothing runs, the server is started for it and stopped again; without --yes nothing is removed', async () => {
  const { server } = await withPayment()
  await server.stop()

  const asked = reset('payments')
  expect([asked.status, asked.stderr]).toEqual([1, 'Nothing was changed: confirm it with --yes.\n'])
  expect(asked.stdout).toBe(`Database of payments, of the stopped system in ${data}: 1 in outbox\n`)

  expect(reset('payments', '--yes')).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(
      /^Emptied, and migrated again: 0001_delivery, .*, 0001_payments, 0002_days\.$/m,
    ) as string,
  })
  const again = await startDatabase({ folder: join(data, 'database') })
  try {
    expect(await left(await again.create('payments'))).toBe(0)
  } finally {
    await again.stop()
  }
}, 120_000)

test('the data folder may be relative, as the usual one is, while nothing runs', async () => {
  const { server } = await withPayment()
  await server.stop()
  expect(resetIn(relative('.', data), 'payments', '--yes')).toMatchObject({ status: 0, stderr: '' })
}, 120_000)

test('while the system runs, its own server is used, and goes on', async () => {
  const { server, url } = await withPayment()
  try {
    claim(data)
    const urls = { amqpUrl: 'amqp://operator:x@127.0.0.1:1/warren', managementUrl: 'http://127.0.0.1:1' }
    writeSystem({ ...urls, handlers: { payments: { databaseUrl: url, secrets: {} } } }, data)
    expect(reset('payments', '--yes')).toMatchObject({ status: 0, stderr: '' })
    expect(await left(url)).toBe(0)
  } finally {
    release(data)
    await server.stop()
  }
}, 120_000)

test('a database that is not in the data folder is refused unless it is asked for', async () => {
  const { server, url } = await withPayment()
  const cluster = join(data, 'cluster')
  mkdirSync(cluster)
  try {
    const urls = { amqpUrl: 'amqp://operator:x@127.0.0.1:1/warren', managementUrl: 'http://127.0.0.1:1' }
    writeSystem({ ...urls, handlers: { payments: { databaseUrl: url, secrets: {} } } }, cluster)
    const { status, stderr } = resetIn(cluster, 'payments', '--yes')
    expect([status, stderr]).toEqual([
      1,
      `the database of payments is not in ${cluster}, but at ${new URL(url).host}, where others may use it: --outside empties it all the same\n`,
    ])
    expect(await left(url)).toBe(1)
    expect(resetIn(cluster, 'payments', '--yes', '--outside')).toMatchObject({ status: 0, stderr: '' })
    expect(await left(url)).toBe(0)
  } finally {
    await server.stop()
  }
}, 120_000)

test('a handler without a database, one that does not exist and a folder without data are refused with the reason', () => {
  expect(reset('notifications').stderr).toBe(
    'handlers/notifications/handler.yaml: database is not true, so notifications has none to empty\n',
  )
  expect(reset('billing').stderr).toBe(
    'handlers/billing/handler.yaml: there is no such file, so handlers/billing is not a handler\n',
  )
  expect(reset('payments', '--yes').stderr).toBe(
    `there is no database in ${data}: \`npm start\` makes it, and nothing has to be emptied before\n`,
  )
})
