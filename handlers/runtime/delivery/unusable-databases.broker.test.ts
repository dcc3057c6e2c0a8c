import { Client, escapeIdentifier } from 'pg'
import { type HandlerProcess, metric, until } from '#testbed'
import { jobOf } from '../fixtures/jobs.ts'
import { expectToLeave, openWorkbench, type Workbench } from '../fixtures/workbench.ts'

// Attempts are spent quickly here, so that a message which spends one for the database's fault is soon a dead letter.
const tiers = { '1s': 50, '5s': 50, '30s': 50, '2m': 50, '10m': 50 }

let bench: Workbench
let workbench: HandlerProcess
let admin: Client
let name: string

beforeAll(async () => {
  bench = await openWorkbench({ tiers })
  admin = new Client({ connectionString: bench.world.database.adminUrl })
  await admin.connect()
  name = new URL(bench.world.databaseUrl('workbench')).pathname.slice(1)
  workbench = await bench.startWarm()
})

afterAll(async () => {
  try {
    await expectToLeave(workbench, bench)
  } finally {
    await admin.end()
    await bench.close()
  }
})

const inDatabase = (statement: string) => admin.query(statement.replace('%', escapeIdentifier(name)))
/** Ends the handler's sessions, as a fail-over does. */
const endSessions = () =>
  admin.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and application_name = 'workbench'`,
    [name],
  )
const paused = () => metric(workbench, 'warren_paused{dependency="database"}')

test.each([
  ['is read-only', 'alter database % set default_transaction_read_only = on', 'alter database % reset all'],
  ['has no connection left for the handler', 'alter role % connection limit 0', 'alter role % connection limit -1'],
  ['does not let the role in', 'alter role % nologin', 'alter role % login'],
  ['accepts no connections', 'alter database % allow_connections false', 'alter database % allow_connections true'],
])(
  'while its database %s a handler pauses, and then goes on by itself: no message has spent an attempt',
  async (_, breaks, mends) => {
    await inDatabase(breaks)
    await endSessions()
    const jobs = await Promise.all(Array.from({ length: 5 }, () => bench.send(jobOf())))
    await until(async () => (await paused()) === 1, { within: 30_000 })

    await inDatabase(mends)
    for (const job of jobs) expect(await bench.handled(job)).toMatchObject([{ attempt: 1 }])
    await until(async () => (await paused()) === 0, { within: 30_000 })
    expect(bench.letters).toEqual([])
  },
  90_000,
)

test('a message whose own statement looks like a failure of the server waits alone: the others are handled meanwhile', async () => {
  const cured = 'the disk is replaced'
  const text = `do $$ begin
    if not exists (select from effects where job = '${cured}') then raise exception using errcode = '58030'; end if;
  end $$`
  const unlucky = await bench.send(jobOf({ mode: 'wrapped', text }))
  const others = await Promise.all(Array.from({ length: 8 }, () => bench.send(jobOf())))
  for (const other of others) expect(await bench.handled(other, 60_000)).toMatchObject([{ attempt: 1 }])
  expect(await bench.effects(unlucky)).toEqual([])

  await bench.send(jobOf({ job: cured }))
  expect(await bench.handled(unlucky, 60_000)).toMatchObject([{ attempt: 1 }])
  expect(bench.letters).toEqual([])
}, 150_000)

test('a message spends no attempt while another replica holds the lock for longer than a statement may take', async () => {
  const replica = new Client({ connectionString: bench.world.databaseUrl('workbench') })
  await replica.connect()
  await replica.query(`select pg_advisory_lock(hashtext('warren'))`)
  await inDatabase(`alter role % set statement_timeout = '300ms'`)
  await endSessions()
  const jobs = await Promise.all(Array.from({ length: 3 }, () => bench.send(jobOf())))
  await until(async () => (await paused()) === 1, { within: 30_000 })

  await replica.end()
  for (const job of jobs) expect(await bench.handled(job)).toMatchObject([{ attempt: 1 }])
  await inDatabase('alter role % reset statement_timeout')
  expect(bench.letters).toEqual([])
}, 90_000)
