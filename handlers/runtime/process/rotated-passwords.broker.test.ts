import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as z from 'zod'
import { command } from '../index.ts'
import { clientOf } from '../database/client.ts'
import { createWorld, type HandlerProcess, until, type World } from '#testbed'

/** Handlers of their own, because users of the broker are shared by all tests. */
const names = {
  broker: 'new-broker-password',
  database: 'new-database-password',
  late: 'user-comes-late',
  busy: 'long-call',
}
/** Its call lasts until this file exists. */
const goOn = 'go-on'
const countOf = (name: string) => command(`${name.replaceAll('-', '_')}.count.v1`, { number: z.int() })

let folder: string
let world: World

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'warren-'))
  world = await createWorld(Object.values(names).map(writeHandler))
})

afterAll(async () => {
  await world?.close()
  rmSync(folder, { recursive: true })
})

/** A handler that counts each number in a table which keeps repetitions. */
function writeHandler(name: string): string {
  const { type } = countOf(name)
  const place = join(folder, name)
  mkdirSync(join(place, 'migrations'), { recursive: true })
  writeFileSync(join(place, 'handler.yaml'), `handles: [${type}]\ndatabase: true\ntimeout: 2m\n`)
  writeFileSync(join(place, 'migrations/0001.sql'), '-- Up Migration\n\ncreate table counted (number int);\n')
  writeFileSync(
    join(place, 'handler.ts'),
    `
    import { command, handler, on } from 'warren'
    import { existsSync } from 'node:fs'
    import { setTimeout as sleep } from 'node:timers/promises'
    import * as z from 'zod'

    export default handler({ subscriptions: () => [
      on(command('${type}', { number: z.int() }), [], {
        async call() {
          while ('${name}' === '${names.busy}' && !existsSync('${join(folder, goOn)}')) await sleep(50)
        },
        async apply({ number }, { db }) {
          await db.query('insert into counted values ($1)', [number])
        },
      }),
    ] })
    `,
  )
  return place
}

async function send(name: string, from: number, to: number) {
  for (let number = from; number < to; number++) await world.send(countOf(name)({ number }))
}

async function counted(name: string, url = world.databaseUrl(name)): Promise<number[]> {
  const client = clientOf(url)
  await client.connect()
  const { rows } = await client.query<{ number: number }>('select number from counted order by number')
  await client.end()
  return rows.map(({ number }) => number)
}

const numbers = (count: number) => Array.from({ length: count }, (_, number) => number)
const setPassword = (user: string, password: string) =>
  world.broker.request('PUT', `users/${user}`, { password, tags: '' })

function withPassword(url: string, password: string): string {
  return Object.assign(new URL(url), { password: encodeURIComponent(password) }).href
}

/** Waits for the end of a process whose login is refused, and expects this sentence besides its log. */
async function expectToGiveUp(process: HandlerProcess, sentence: RegExp) {
  let exit: unknown
  void process.exited.then((result) => (exit = result))
  expect(await until(() => exit, { within: 110_000 })).toEqual({ code: 77, signal: null })
  expect(process.lines.filter((line) => !line.startsWith('{'))).toEqual([expect.stringMatching(sentence)])
}

const newPassword = 'n€w/p@ss%word'

describe('a handler whose password was changed ends after a minute of refused logins, and its successor handles every message once', () => {
  test.concurrent(
    'at the broker',
    async () => {
      const name = names.broker
      const first = await world.spawn(name)
      await first.ready
      await send(name, 0, 20)
      await until(async () => (await counted(name)).length === 20)

      await setPassword(name, newPassword)
      await send(name, 20, 30)
      await until(async () => (await counted(name)).length === 30)
      const sending = send(name, 30, 60)
      await world.broker.request('DELETE', `connections/username/${name}`)
      await sending
      await expectToGiveUp(
        first,
        /^new-broker-password: the broker at 127\.0\.0\.1:\d+ has refused the login of new-broker-password for 60 s: the password in AMQP_URL or AMQP_PASSWORD is not the current one, or new-broker-password does not exist\. A new process reads both again\.$/,
      )

      const second = await world.spawn(name, { AMQP_PASSWORD: newPassword })
      await second.ready
      await until(async () => (await counted(name)).length >= 60)
      expect(await second.kill()).toEqual({ code: 0, signal: null })
      expect(await counted(name)).toEqual(numbers(60))
      expect(first.lines.join()).not.toContain(`${name}-of-the-tests`)
    },
    150_000,
  )

  test.concurrent(
    'at the database',
    async () => {
      const name = names.database
      const role = `${world.vhost}-${name}`
      const url = withPassword(world.databaseUrl(name), newPassword)
      const first = await world.spawn(name)
      await first.ready
      await send(name, 0, 20)
      await until(async () => (await counted(name)).length === 20)

      const admin = clientOf(world.database.adminUrl)
      await admin.connect()
      await admin.query(`alter role "${role}" password '${newPassword}'`)
      const sending = send(name, 20, 60)
      await admin.query('select pg_terminate_backend(pid) from pg_stat_activity where usename = $1', [role])
      await admin.end()
      await sending
      await expectToGiveUp(
        first,
        /^new-database-password: the database at 127\.0\.0\.1:\d+ has refused the login of \S+ for 60 s: the password in DATABASE_URL or DATABASE_PASSWORD is not the current one, or \S+ does not exist\. A new process reads both again\.$/,
      )

      const second = await world.spawn(name, { DATABASE_PASSWORD: newPassword })
      await second.ready
      await until(async () => (await counted(name, url)).length >= 60)
      expect(await second.kill()).toEqual({ code: 0, signal: null })
      expect(await counted(name, url)).toEqual(numbers(60))
      expect(first.lines.join()).not.toContain(new URL(world.databaseUrl(name)).password)
    },
    150_000,
  )

  test.concurrent(
    'with its calls finished, although it is asked to end meanwhile',
    async () => {
      const name = names.busy
      const role = `${world.vhost}-${name}`
      const busy = await world.spawn(name)
      await busy.ready
      const admin = clientOf(world.database.adminUrl)
      await admin.connect()
      await admin.query(`alter role "${role}" password '${newPassword}'`)
      await admin.query('select pg_terminate_backend(pid) from pg_stat_activity where usename = $1', [role])
      await admin.end()
      await send(name, 0, 1)
      await until(() => busy.lines.some((line) => line.includes('leaving')), { within: 110_000 })

      const end = busy.kill()
      writeFileSync(join(folder, goOn), '')
      expect(await end).toEqual({ code: 77, signal: null })
    },
    150_000,
  )

  test.concurrent('unless the broker refuses it for a short while only: then it starts', async () => {
    const name = names.late
    await setPassword(name, newPassword)
    const process = await world.spawn(name)
    await until(() => process.lines.filter((line) => line.includes('ACCESS_REFUSED')).length >= 3)
    await setPassword(name, `${name}-of-the-tests`)
    await process.ready
    expect(await process.kill()).toEqual({ code: 0, signal: null })
  })
})
