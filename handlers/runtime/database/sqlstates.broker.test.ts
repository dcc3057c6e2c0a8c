import { randomBytes, randomUUID } from 'node:crypto'
import { Client } from 'pg'
import { pino } from 'pino'
import { sharedServers } from '#testbed'
import { runTransaction } from '../delivery/transaction.ts'
import { itemOfSubmission } from '../delivery/work-item.ts'
import { parseManifest } from '../manifest/index.ts'
import { createMetrics } from '../observe/metrics.ts'
import { TimedOut } from '../time/within.ts'
import { openDatabase, type Database } from './connection.ts'
import { DatabaseLost, isConflict, Outdated } from './lost.ts'
import { migrate } from './migrate.ts'
import { sqlstates, verdictOf, type Verdict } from './sqlstates.ts'

const log = pino({ enabled: false })
const name = `sqlstates-${randomBytes(4).toString('hex')}`
const metrics = createMetrics(parseManifest('tests', {}), '1', { inFlight: () => 0, blocked: () => [] })
const context = { handler: name, mayPublish: new Set<string>(), timeout: 5_000, ownRowsOnly: false, metrics, log }

/** The codes of all errors that this server knows, from the file that its own documentation is made of. */
let known: string[]
let database: Database

beforeAll(async () => {
  const { database: server } = sharedServers()
  const url = await server.create(name)
  await migrate(url)
  const admin = new Client({ connectionString: server.adminUrl })
  await admin.connect()
  const { rows } = await admin.query<{ text: string }>(
    `select pg_read_file(setting || '/errcodes.txt') as text from pg_config where name = 'SHAREDIR'`,
  )
  await admin.end()
  known = [...new Set([...rows[0]!.text.matchAll(/^(\w{5})\s+E\s/gm)].map(([, code]) => code!))]
  database = openDatabase(url, name, log)
})

afterAll(async () => {
  await database.close()
  await sharedServers().database.drop(name)
})

/** Classes that only some versions of the server know. */
const ofSomeVersions = ['10', '72']

test('the table decides each class of errors of the server, and nothing that does not exist', () => {
  expect(known.length).toBeGreaterThan(200)
  const classes = new Set(known.map((code) => code.slice(0, 2)))
  expect([...classes].filter((one) => !Object.hasOwn(sqlstates, one))).toEqual([])
  const entries = Object.keys(sqlstates).map((key) => key.split(' ')[0]!)
  const exists = (entry: string) => classes.has(entry) || known.includes(entry) || ofSomeVersions.includes(entry)
  expect(entries.filter((entry) => !exists(entry))).toEqual([])
})

test('these errors blame the server, and no others', () => {
  const codesOf = (...verdicts: Verdict[]) => known.filter((code) => verdicts.includes(verdictOf(code)!)).sort()
  expect(codesOf('lost').join(' ')).toBe(
    '08000 08001 08003 08004 08006 08007 25006 40003 53000 53100 53200 53300 57000 57P01 57P02 57P03 57P04 57P05 ' +
      '58000 58030 58P01 58P02 F0000 F0001 HV001 HV00N XX001 XX002',
  )
  expect(codesOf('denied').join(' ')).toBe('28000 28P01 3D000')
  expect(codesOf('outdated').join(' ')).toBe('26000 42P05')
  expect(
    codesOf('conflict')
      .filter((code) => !code.startsWith('72'))
      .join(' '),
  ).toBe('40000 40001 40P01 55P03')
  expect(codesOf('slow').join(' ')).toBe('25P03 25P04')
})

/** What became of a transaction in which the server raised this error, and whether its session goes on. */
async function raised(code: string) {
  const raise = `do $$ begin raise exception using errcode = '${code}'; end $$`
  const item = itemOfSubmission(async (db) => ({ value: await db.query(raise), messages: [] }), 'c', randomUUID())
  const session = await database.client()
  const error = await database
    .use((client) => runTransaction(client, [{ item }], { inbox: [], timers: [], outbox: [] }, context))
    .catch((error: unknown) => error)
  return { error, goesOn: (await database.client()) === session }
}

const kinds: Readonly<Record<Verdict, { goesOn: boolean; is: (error: unknown) => boolean }>> = {
  lost: { goesOn: false, is: (error) => error instanceof DatabaseLost },
  denied: { goesOn: false, is: (error) => error instanceof DatabaseLost },
  slow: { goesOn: false, is: (error) => error instanceof TimedOut },
  outdated: { goesOn: false, is: (error) => error instanceof Outdated },
  doubtful: { goesOn: false, is: (error) => error instanceof Outdated },
  conflict: { goesOn: true, is: isConflict },
  refused: { goesOn: true, is: (error) => !(error instanceof Outdated) && !isConflict(error) },
}

test('each error that the server raises in a transaction gets its verdict, and a session that is of no use is given up', async () => {
  const wrong: unknown[] = []
  for (const code of known) {
    await database.use((client) => client.query('select 1'))
    const { error, goesOn } = await raised(code)
    const kind = kinds[verdictOf(code)!]
    if (!kind.is(error) || goesOn !== kind.goesOn) wrong.push({ code, error: String(error), goesOn })
  }
  expect(wrong).toEqual([])
}, 60_000)

test('an error that might come from an outdated statement counts when its session is new', async () => {
  await raised('08000')
  const { error } = await raised('22003')
  expect(error).not.toBeInstanceOf(Outdated)
  expect(error).toMatchObject({ code: '22003' })
})
