import type { ConfirmChannel, ConsumeMessage } from 'amqplib'
import { Pool } from 'pg'
import { createWorld, until, type World } from '#testbed'
import { TakeNote, TakeNoteV1 } from '../fixtures/versions/notes.ts'

const folder = (version: string) => `handlers/runtime/fixtures/versions/${version}/notebook`
let world: World
let database: Pool
let channel: ConfirmChannel
const letters: ConsumeMessage[] = []
let refused: ConsumeMessage

beforeAll(async () => {
  world = await createWorld([folder('one')])
  database = new Pool({ connectionString: world.databaseUrl('notebook'), max: 1 })
  channel = await world.channel('admin')
  await channel.consume('notebook.dead', (letter) => letter && letters.push(letter), { noAck: true })
})

afterAll(async () => {
  await database.end()
  await world.close()
})

interface Note {
  readonly id: string
  readonly type: string
  readonly text: string
  readonly tier: string | null
}

const notes = async () => (await database.query<Note>('select * from notes')).rows
const handled = (id: string) =>
  until(async () => {
    const found = (await notes()).filter((note) => note.id === id)
    return found.length > 0 && found
  })

test('messages of version 1 that wait in a queue while version 2 of their handler is deployed are handled as version 2', async () => {
  const before = await world.spawn('notebook')
  const [early, delayed] = await Promise.all(['early', 'later'].map((text) => world.send(TakeNoteV1({ text }))))
  for (const id of [early!, delayed!]) expect(await handled(id)).toMatchObject([{ type: 'note.take.v1', tier: null }])
  await world.send(TakeNoteV1({ text: 'refused' }))
  refused = await until(() => letters.pop())
  await before.kill('SIGKILL')

  const waiting = await Promise.all(
    Array.from({ length: 100 }, (_, index) => world.send(TakeNoteV1({ text: `waiting ${index}` }))),
  )
  expect(await world.depth('notebook')).toBeGreaterThanOrEqual(100)
  await world.deploy(folder('two'))
  await (
    await world.spawn('notebook')
  ).ready
  for (const id of waiting) expect(await handled(id)).toMatchObject([{ type: 'note.take.v2', tier: 'standard' }])

  // The event of version 1 was stored by the earlier process, and is published by the later one.
  const stored = await until(async () =>
    (await notes()).find(({ text, type }) => text === 'later' && type === 'note.taken.v2'),
  )
  expect(stored.tier).toBe('5')

  const vip = await world.send(TakeNote({ text: 'new', tier: 'vip' }))
  expect(await handled(vip)).toMatchObject([{ type: 'note.take.v2', tier: 'vip' }])

  // Handled as version 1 before, delivered once more: the inbox compares what was sent, not what an upcast made of it.
  await world.send(TakeNoteV1({ text: 'early' }), { id: early! })
  await handled(await world.send(TakeNote({ text: 'behind it', tier: 'vip' })))
  expect(await handled(early!)).toHaveLength(1)
  expect(await notes()).toHaveLength(105)
  expect(letters).toEqual([])
}, 60_000)

test('an upcast that throws makes a dead letter that names it and keeps the message as it was sent', async () => {
  const id = await world.send(TakeNoteV1({ text: 'unreadable' }))
  const letter = await until(() => letters.find(({ properties }) => properties.messageId === id))
  expect(letter.properties).toMatchObject({ type: 'note.take.v1' })
  expect(letter.properties.headers).toMatchObject({
    'x-dead-reason': 'upcast-failed',
    'x-dead-error': expect.stringContaining('the upcast of note.take.v1 to note.take.v2 threw no tier can be told'),
  })
  expect(JSON.parse(letter.content.toString())).toEqual({ text: 'unreadable' })
})

test('a dead letter of version 1 that is redriven to version 2 is handled as version 2', async () => {
  const { content, properties } = refused
  const { userId, ...sent } = properties
  expect(userId).toBe('notebook')
  channel.publish('redrive', 'notebook', content, sent)
  await channel.waitForConfirms()
  expect(await handled(String(properties.messageId))).toMatchObject([{ type: 'note.take.v2', tier: 'standard' }])
})
