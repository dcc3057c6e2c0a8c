import { randomUUID } from 'node:crypto'
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client, escapeIdentifier } from 'pg'
import { command } from 'warren'
import * as z from 'zod'
import { createWorld, sharedServers, until, type World } from '#testbed'
import { emptyDatabase, contentsOf } from './empty-database.ts'

const workbench = 'handlers/runtime/fixtures/workbench'
/** What the fixture `workbench` handles. */
const DoJob = command('job.do.v1', {
  job: z.string(),
  mode: z.string(),
  text: z.string(),
  amount: z.int(),
  notes: z.record(z.string(), z.string()),
})

let world: World
let url: string
let owner: Client

beforeAll(async () => {
  world = await createWorld([workbench])
  url = world.databaseUrl('workbench')
  owner = new Client({ connectionString: url })
  await owner.connect()
})
afterAll(async () => {
  await owner.end()
  await world.close()
})

const jobs = async () => (await owner.query<{ job: string; attempt: number }>('select job, attempt from effects')).rows

test('a running handler goes on: each message is handled at its first attempt, before or after the reset', async () => {
  const handler = await world.spawn('workbench')
  await handler.ready
  const send = async () => {
    const id = randomUUID()
    await world.send(DoJob({ job: id, mode: 'ok', text: '', amount: 1, notes: {} }))
    return id
  }
  for (let count = 0; count < 20; count++) await send()
  await until(async () => (await jobs()).length === 20)
  expect(await contentsOf(url)).toEqual(
    expect.arrayContaining([
      { table: 'effects', rows: 20 },
      { table: 'inbox', rows: 20 },
    ]),
  )

  // Long enough for transactions that would not wait: the tables of the runtime are there, and that of the handler is not.
  const slow = mkdtempSync(join(tmpdir(), 'warren-slow-'))
  cpSync(workbench, slow, { recursive: true })
  writeFileSync(join(slow, 'migrations/0000_slow.sql'), 'select pg_sleep(1);')
  let stopped = false
  const sent: string[] = []
  const sending = (async () => {
    while (!stopped) sent.push(await send())
  })()
  await until(() => sent.length > 20)
  const names = await emptyDatabase(url, slow)
  rmSync(slow, { recursive: true })
  const after = sent.length
  await until(() => sent.length > after + 20)
  stopped = true
  await sending

  const last = sent.at(-1)!
  const rows = await until(async () => {
    const found = await jobs()
    return found.some((each) => each.job === last) && (await world.depth('workbench')) === 0 && found
  })
  expect(names.at(-1)).toBe('0001_effects')
  expect(new Set(rows.map(({ attempt }) => attempt))).toEqual(new Set([1]))
  expect(sent.slice(after).filter((id) => !rows.some((row) => row.job === id))).toEqual([])
  expect(await world.depth('workbench.dead')).toBe(0)
  const complaints = handler.lines.filter((line) => /"level":(40|50|60)|^(?!\{)/.test(line))
  expect(complaints).toEqual([])
  expect(await handler.kill()).toEqual({ code: 0, signal: null })
})

test('nothing of the handler stays, and a role that may look at its timers still may', async () => {
  const scaler = `${randomUUID().slice(0, 8)}-scaler`
  const admin = new Client({ connectionString: sharedServers().database.adminUrl })
  await admin.connect()
  const place = Object.assign(new URL(sharedServers().database.adminUrl), { pathname: new URL(url).pathname })
  const inDatabase = new Client({ connectionString: place.href })
  await inDatabase.connect()
  await admin.query(`create role ${escapeIdentifier(scaler)}`)
  await owner.query(`grant select on due_timers to ${escapeIdentifier(scaler)}`)
  await owner.query('create schema reports; create table reports.extra (id int)')
  try {
    await emptyDatabase(url, workbench)
    expect(await contentsOf(url)).toEqual([])
    const { rows } = await owner.query(
      `select to_regclass('reports.extra') as extra, has_table_privilege($1, 'due_timers', 'select') as looks`,
      [scaler],
    )
    expect(rows).toEqual([{ extra: null, looks: true }])
  } finally {
    await inDatabase.query(`drop owned by ${escapeIdentifier(scaler)}`)
    await inDatabase.end()
    await admin.end()
    await sharedServers().database.drop(scaler)
  }
})
