import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Client, escapeIdentifier } from 'pg'
import { buildImageFolders, sharedServers } from '#testbed'

const { database } = sharedServers()
let folder: string
let name: string

beforeAll(async () => {
  const [built] = await buildImageFolders(['handlers/runtime/fixtures/workbench'])
  folder = mkdtempSync(join(tmpdir(), 'warren-prepare-'))
  cpSync(built!.folder, folder, { recursive: true })
})
afterAll(() => rmSync(folder, { recursive: true }))

beforeEach(() => {
  name = `prepare-${randomBytes(4).toString('hex')}`
})
afterEach(async () => {
  await asAdmin((admin) => admin.query(`drop database if exists ${escapeIdentifier(name)} with (force)`))
  for (const role of [`${name}-scaler`, name, `${name}-admin`]) await database.drop(role)
})

/** The URL of a database for a user of the test's server. */
function url(user: string, password: string, of = name) {
  const place = new URL(database.adminUrl)
  place.username = user
  place.password = password
  place.pathname = `/${of}`
  return place.href
}

async function inDatabase<Result>(place: string, work: (client: Client) => Promise<Result>): Promise<Result> {
  const client = new Client({ connectionString: place })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

const asAdmin = <Result>(work: (admin: Client) => Promise<Result>) => inDatabase(database.adminUrl, work)
const asOwner = <Result>(work: (owner: Client) => Promise<Result>) => inDatabase(url(name, 'geheim'), work)
const asScaler = <Result>(work: (scaler: Client) => Promise<Result>) =>
  inDatabase(url(`${name}-scaler`, 'hidden'), work)

/** Runs the program as an image's Job does. */
function prepare(changes: Record<string, string> = {}, from = folder) {
  const env = {
    PATH: process.env.PATH,
    DATABASE_URL: url(name, 'geheim'),
    ADMIN_DATABASE_URL: database.adminUrl,
    SCALER_USER: `${name}-scaler`,
    SCALER_PASSWORD: 'hidden',
    ...changes,
  }
  return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    execFile(process.execPath, [join(from, 'prepare.cjs')], { env, timeout: 30_000 }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    )
  })
}

const steps = (...lines: string[]) => ({
  code: 0,
  stdout: lines.map((line) => `workbench: ${line}\n`).join(''),
  stderr: '',
})

const again = () =>
  steps(
    'the code and handler.yaml agree',
    `the database ${name} exists and belongs to ${name}`,
    'nothing to migrate',
    `${name}-scaler may check whether a timer is due`,
  )

test('on an empty server: creates role, database, tables and the scaler’s role, with one line per step', async () => {
  expect(await prepare()).toEqual(
    steps(
      'the code and handler.yaml agree',
      `the database ${name} exists and belongs to ${name}`,
      'migrated: 0001_delivery, 0002_sagas, 0003_due_timers, 0004_trace, 0005_pauses, 0006_parked, 0001_effects',
      `${name}-scaler may check whether a timer is due`,
    ),
  )
  const { rows } = await asOwner((owner) => owner.query('select count(*)::int as effects from effects'))
  expect(rows).toEqual([{ effects: 0 }])
})

test('a second run changes nothing but passwords', async () => {
  await prepare()
  expect(await prepare()).toEqual(again())
  const changed = { DATABASE_URL: url(name, 'neu'), SCALER_PASSWORD: 'new' }
  expect(await prepare(changed)).toEqual(again())
  await expect(asOwner(async () => undefined)).rejects.toThrow('password authentication failed')
  await expect(asScaler(async () => undefined)).rejects.toThrow('password authentication failed')
  await inDatabase(url(name, 'neu'), (owner) => owner.query('select 1'))
  await inDatabase(url(`${name}-scaler`, 'new'), (scaler) => scaler.query('select due from due_timers'))
})

test('removing a type from handler.yaml or the code is refused while stored messages still need it', async () => {
  await prepare()
  const message = (exchange: string, type: string) => JSON.stringify({ exchange, type })
  await asOwner((owner) =>
    owner.query(
      `insert into timers (id, due, message) values (gen_random_uuid(), now(), '${message('events', 'job.late.v1')}'),
         (gen_random_uuid(), now(), '${message('events', 'job.done.v1')}'), (gen_random_uuid(), now(), '${message('timers', 'own.v1')}');
       insert into inbox (id, body_hash, outputs) values (gen_random_uuid(), '', '[${message('commands', 'job.old.v1')}]')`,
    ),
  )
  const missed = (type: string) =>
    `handlers/workbench/handler.yaml: emits, sends, announces or notifies must name ${type} until its stored messages are published (1 in timers, outbox or inbox)\n`
  const unawaited = `handlers/workbench/handler.ts: a subscription must handle own.v1 until its stored timers have fired (1)\n`
  expect(await prepare()).toMatchObject({ code: 78, stderr: missed('job.late.v1') + missed('job.old.v1') + unawaited })
  await asOwner((owner) => owner.query(`delete from timers; update inbox set outputs = null`))
  expect(await prepare()).toEqual(again())
})

test('two runs at the same time both succeed', async () => {
  const both = await Promise.all([prepare(), prepare()])
  expect(both).toEqual([0, 0].map((code) => expect.objectContaining({ code, stderr: '' })))
  expect(await prepare()).toEqual(again())
})

test('the scaler sees whether a timer is due, and can read nothing else', async () => {
  await prepare()
  const due = () => asScaler(async (scaler) => (await scaler.query('select * from due_timers')).rows)
  expect(await due()).toEqual([{ due: 0 }])
  await asOwner((owner) =>
    owner.query(`insert into timers (id, due, message) values (gen_random_uuid(), now() + interval '10 s', 'secret')`),
  )
  expect(await due()).toEqual([{ due: 1 }])

  await asScaler(async (scaler) => {
    const { rows } = await scaler.query<{ relation: string }>(
      `select c.oid::regclass::text as relation from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast') and c.relkind in ('r', 'v', 'm', 'p', 'S', 'f')
         and (has_table_privilege(c.oid, 'select, insert, update, delete, truncate, references, trigger')
              or has_any_column_privilege(c.oid, 'select, insert, update, references'))`,
    )
    expect(rows).toEqual([{ relation: 'due_timers' }])
    for (const forbidden of [
      'select * from timers',
      'select * from inbox',
      'select * from effects',
      'select * from runtime_migrations',
      'update due_timers set due = 0',
      'create table mine (id int)',
      'create temporary table mine (id int)',
      'create schema mine',
      `select pg_read_file('PG_VERSION')`,
      `copy (select 1) to program 'true'`,
    ])
      await expect(scaler.query(forbidden)).rejects.toThrow(/permission denied|cannot update view/)
  })
})

test('neither role can connect to the database of another handler or create anything on the server', async () => {
  await prepare()
  await database.create(`${name}-other`)
  try {
    for (const [user, password] of [
      [name, 'geheim'],
      [`${name}-scaler`, 'hidden'],
    ] as const) {
      await expect(inDatabase(url(user, password, `${name}-other`), async () => undefined)).rejects.toThrow(
        'permission denied for database',
      )
      await inDatabase(url(user, password), async (client) => {
        await expect(client.query('create role mine')).rejects.toThrow('permission denied')
        await expect(client.query('create database mine')).rejects.toThrow('permission denied')
      })
    }
  } finally {
    await database.drop(`${name}-other`)
  }
})

test('an administrator without superuser rights, as in managed databases, is enough', async () => {
  await asAdmin((admin) =>
    admin.query(`create role ${escapeIdentifier(`${name}-admin`)} login createdb createrole password 'cloud'`),
  )
  const ADMIN_DATABASE_URL = url(`${name}-admin`, 'cloud', 'postgres')
  expect(await prepare({ ADMIN_DATABASE_URL })).toMatchObject({ code: 0, stderr: '' })
  expect(await prepare({ ADMIN_DATABASE_URL })).toEqual(again())
  // Before the role that made them can be dropped.
  await asAdmin((admin) => admin.query(`drop database ${escapeIdentifier(name)} with (force)`))
})

test('without an administrator, an existing database is migrated and its grants are made', async () => {
  await asAdmin((admin) => admin.query(`create role ${escapeIdentifier(`${name}-scaler`)} login password 'hidden'`))
  const DATABASE_URL = await database.create(name)
  expect(await prepare({ DATABASE_URL, ADMIN_DATABASE_URL: '' })).toMatchObject({ code: 0, stderr: '' })
  expect(await asScaler(async (scaler) => (await scaler.query('select due from due_timers')).rows)).toEqual([
    { due: 0 },
  ])
})

test('without an administrator, a missing database or role is reported with what to create', async () => {
  const remedy = `: create the database ${name}, owned by ${name}, and the login roles ${name} and ${name}-scaler with the passwords in their Secret, or name an administrator in postgres.admin\n`
  const said = async (changes: Record<string, string> = {}) => {
    const { code, stderr } = await prepare({ ADMIN_DATABASE_URL: '', ...changes })
    expect(code).toBe(1)
    expect(stderr.endsWith(remedy)).toBe(true)
    return stderr.slice(0, -remedy.length)
  }
  expect(await said()).toMatch(/: password authentication failed for user "\S+"$/)
  await asAdmin((admin) => admin.query(`create role ${escapeIdentifier(name)} login password 'geheim'`))
  expect(await said()).toMatch(/: database "\S+" does not exist$/)
  const DATABASE_URL = await database.create(name)
  expect(await said({ DATABASE_URL })).toBe(`role "${name}-scaler" does not exist`)
})

test.each([
  ['the code', { emits: [] }, 'emits must name job.done.v1, because handler.ts emits it'],
  ['the migrations', { database: false }, 'database must be true, because the folder has migrations'],
])('a handler.yaml that contradicts %s changes nothing on the server', async (_, changes, sentence) => {
  const contradiction = mkdtempSync(join(tmpdir(), 'warren-contradiction-'))
  cpSync(folder, contradiction, { recursive: true })
  const said = JSON.parse(readFileSync(join(folder, 'handler.json'), 'utf8')) as object
  writeFileSync(join(contradiction, 'handler.json'), JSON.stringify({ ...said, ...changes }))
  try {
    expect(await prepare({}, contradiction)).toEqual({
      code: 78,
      stdout: '',
      stderr: `handlers/workbench/handler.yaml: ${sentence}\n`,
    })
  } finally {
    rmSync(contradiction, { recursive: true })
  }
  const { rows } = await asAdmin((admin) =>
    admin.query(
      'select rolname from pg_roles where rolname like $1 union select datname from pg_database where datname like $1',
      [`${name}%`],
    ),
  )
  expect(rows).toEqual([])
})

test('code without a step that sagas in flight are waiting on is refused', async () => {
  const traveller = mkdtempSync(join(tmpdir(), 'warren-'))
  const source = join(traveller, `traveller-${name.slice(-8)}`)
  mkdirSync(source)
  writeFileSync(
    join(source, 'handler.ts'),
    `import { follow, handler } from 'warren'
     import { seatOnly } from ${JSON.stringify(resolve('handlers/runtime/fixtures/trip.ts'))}
     export default handler({ subscriptions: () => follow(seatOnly) })`,
  )
  writeFileSync(
    join(source, 'handler.yaml'),
    `handles: [trip.book.v1, trip.cancel.v1]
subscribes: [seat.reserved.v1, seat.refused.v1]
emits: [trip.booked.v1, trip.off.v1, trip.goes_on.v1]
sends: [seat.reserve.v1, seat.free.v1, trip.pay.v1]
database: true
`,
  )
  const [built] = await buildImageFolders([source])
  try {
    expect(await prepare({}, built!.folder)).toMatchObject({ code: 0, stderr: '' })
    await asOwner((owner) =>
      owner.query(
        `insert into timers (id, due, name, message) values (gen_random_uuid(), now(), 'trip:rome', '{}');
         insert into sagas (key, saga, status, step, told, deadline, version)
         values ('rome', 'trip', 'running', 'pay', '{}', now(), 1)`,
      ),
    )
    expect(await prepare({}, built!.folder)).toMatchObject({
      code: 78,
      stderr:
        'saga trip: sagas in flight are waiting on steps that it no longer has (1 on pay): keep each step until they have ended\n',
    })
  } finally {
    rmSync(traveller, { recursive: true })
    rmSync(built!.folder, { recursive: true })
  }
})

test('a failing migration is reported in one line that names it, and is rolled back entirely', async () => {
  const broken = mkdtempSync(join(tmpdir(), 'warren-broken-'))
  cpSync(folder, broken, { recursive: true })
  writeFileSync(
    join(broken, 'migrations/0002_broken.sql'),
    'create table half (id int);\nalter table none add x int;\n',
  )
  try {
    const { code, stderr } = await prepare({}, broken)
    expect(code).toBe(1)
    expect(stderr).toBe('handlers/workbench/migrations/0002_broken.sql: relation "none" does not exist\n')
  } finally {
    rmSync(broken, { recursive: true })
  }
  expect(await prepare()).toMatchObject({ code: 0 })
  await expect(asOwner((owner) => owner.query('select * from half'))).rejects.toThrow('does not exist')
})

test('a wrong administrator password is reported at once, without revealing it', async () => {
  const { code, stderr } = await prepare({ ADMIN_DATABASE_URL: url('postgres', 'wr0ng', 'postgres') })
  expect(code).toBe(1)
  expect(stderr).toMatch(/^127\.0\.0\.1:\d+: password authentication failed for user "postgres"\n$/)
})
