import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import * as z from 'zod'
import { command } from 'warren'
import { createWorld, type World } from './world.ts'
import { until } from './until.ts'

const Greet = command('person.greet.v1', { name: z.string().max(100) })

let folder: string
let world: World

beforeAll(async () => {
  folder = join(mkdtempSync(join(tmpdir(), 'warren-')), 'greeter')
  mkdirSync(join(folder, 'migrations'), { recursive: true })
  writeFileSync(join(folder, 'handler.yaml'), 'handles: [person.greet.v1]\ndatabase: true\n')
  writeFileSync(
    join(folder, 'migrations/0001_greeted.sql'),
    '-- Up Migration\n\ncreate table greeted (name text primary key);\n',
  )
  writeFileSync(
    join(folder, 'handler.ts'),
    `
    import { command, handler, on } from 'warren'
    import * as z from 'zod'

    const Greet = command('person.greet.v1', { name: z.string().max(100) })

    export default handler({ subscriptions: () => [
      on(Greet, async ({ name }, { db }) => {
        await db.query('insert into greeted values ($1)', [name])
      }),
    ] })
    `,
  )
  world = await createWorld([folder])
})

afterAll(async () => {
  await world?.close()
  rmSync(folder, { recursive: true })
})

test('a handler added as a folder anywhere runs and handles its messages', async () => {
  const greeter = await world.spawn('greeter')
  await greeter.ready
  await world.send(Greet({ name: 'Ada' }))

  const database = new Client({ connectionString: world.databaseUrl('greeter') })
  await database.connect()
  const { rows } = await until(async () => {
    const found = await database.query('select name from greeted')
    return found.rowCount === 1 && found
  })
  await database.end()
  expect(rows).toEqual([{ name: 'Ada' }])
  expect(await greeter.kill()).toEqual({ code: 0, signal: null })
})

test('messages wait for a handler that is not running', async () => {
  await world.send(Greet({ name: 'Grace' }))
  expect(await world.depth('greeter')).toBe(1)
})

test('a user may do only what its handler.yaml allows in its virtual host', async () => {
  const channel = await world.channel('greeter')
  await expect(channel.get('greeter.dead')).rejects.toThrow('ACCESS_REFUSED')
})
