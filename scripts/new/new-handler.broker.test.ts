import { randomUUID } from 'node:crypto'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Client } from 'pg'
import { createWorld, until, type World } from '#testbed'
import type { Contract } from 'warren'
import { copyWithNewHandler } from './testing/copy.ts'

let root: string
let world: World

beforeAll(async () => {
  root = copyWithNewHandler('thumbnails')
  // A bundle takes '#contracts' from this repository, which does not have the new contract.
  const source = join(root, 'handlers/thumbnails/handler.ts')
  writeFileSync(source, readFileSync(source, 'utf8').replace('#contracts', '../contracts/thumbnails.ts'))
  world = await createWorld([join(root, 'handlers/thumbnails')])
})

afterAll(async () => {
  await world?.close()
  rmSync(root, { recursive: true })
})

test('a new handler starts, and handles its first message', async () => {
  const { ProcessThumbnails } = (await import(join(root, 'handlers/contracts/thumbnails.ts'))) as {
    ProcessThumbnails: Contract<string, { id: string }>
  }
  const thumbnails = await world.spawn('thumbnails')
  await thumbnails.ready
  const id = randomUUID()
  await world.send(ProcessThumbnails({ id }))

  const database = new Client({ connectionString: world.databaseUrl('thumbnails') })
  await database.connect()
  const rows = async () => (await database.query('select id from processed')).rows as unknown[]
  await until(async () => (await rows()).length > 0)
  expect(await rows()).toEqual([{ id }])
  await database.end()
  expect(await thumbnails.kill()).toEqual({ code: 0, signal: null })
})
