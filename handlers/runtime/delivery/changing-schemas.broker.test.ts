import { Client } from 'pg'
import { metric, until, type HandlerProcess } from '#testbed'
import { jobOf } from '../fixtures/jobs.ts'
import { expectToLeave, openWorkbench, type Workbench } from '../fixtures/workbench.ts'

let bench: Workbench
let workbench: HandlerProcess
let owner: Client

beforeAll(async () => {
  bench = await openWorkbench()
  owner = new Client({ connectionString: bench.world.databaseUrl('workbench') })
  await owner.connect()
  workbench = await bench.startWarm()
})

afterAll(async () => {
  try {
    await expectToLeave(workbench, bench)
  } finally {
    await owner.end()
    await bench.close()
  }
})

const readsAll = jobOf({ mode: 'statement', text: 'select * from effects limit 1' })

test.each([
  ['gains a column that a running handler reads with `select *`', 'alter table effects add column extra text'],
  ['loses that column again', 'alter table effects drop column extra'],
  ['changes the type of a column that a running handler writes', 'alter table effects alter amount type text'],
])('when its table %s, each message is handled at its first attempt', async (_, migration) => {
  for (const job of [readsAll, jobOf()]) await bench.handled(await bench.send(job))
  await owner.query(migration)
  for (const job of [readsAll, jobOf(), readsAll, jobOf()])
    expect(await bench.handled(await bench.send(job))).toMatchObject([{ attempt: 1 }])
})

test('a handler that drops the prepared statements of its session spends no attempt, and neither do its neighbours', async () => {
  const drops = jobOf({ mode: 'statement', text: 'deallocate all' })
  const jobs = await Promise.all([jobOf(), drops, jobOf(), drops, jobOf()].map((job) => bench.send(job)))
  for (const id of jobs) expect(await bench.handled(id)).toMatchObject([{ attempt: 1 }])
})

test('a process of a new version on tables of an older one waits for them and loses no message', async () => {
  await owner.query('alter table inbox rename column sent to not_there_yet')
  const id = await bench.send(jobOf())
  await until(async () => (await metric(workbench, 'warren_paused{dependency="database"}')) === 1, { within: 30_000 })
  await owner.query('alter table inbox rename column not_there_yet to sent')
  expect(await bench.handled(id)).toMatchObject([{ attempt: 1 }])
}, 60_000)
