import { randomUUID } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Client } from 'pg'
import { OrderConfirmed } from '#contracts'
import { until } from '../testbed/until.ts'
import { createWorld, type World } from '../testbed/world.ts'

let folder: string
let world: World

/** The files that the README shows: a name in a sentence, then a block with its content. */
function shown(handler: string): { path: string; content: string }[] {
  const readme = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8')
  const files = readme.matchAll(new RegExp(`\`handlers/(${handler}/[^\`]+)\`:\n\n\`\`\`\\w+\n(.*?)\`\`\``, 'gs'))
  return [...files].map(([, path, content]) => ({ path: path!, content: content! }))
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'warren-'))
  for (const { path, content } of shown('loyalty')) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), content)
  }
  world = await createWorld([join(folder, 'loyalty')])
})

afterAll(async () => {
  await world?.close()
  rmSync(folder, { recursive: true })
})

test('the handler that the README shows counts the points of an order once, however often its event arrives', async () => {
  const loyalty = await world.spawn('loyalty')
  await loyalty.ready
  const order = { orderId: randomUUID(), customerId: 'ada', email: 'ada@customers.example', currency: 'EUR' as const }
  const confirmed = OrderConfirmed({ ...order, total: 8390, trackingId: 'parcel-1' })
  const id = await world.send(confirmed)
  await world.send(confirmed, { id })
  await world.send(OrderConfirmed({ ...order, orderId: randomUUID(), total: 1000, trackingId: 'parcel-2' }))

  const database = new Client({ connectionString: world.databaseUrl('loyalty') })
  await database.connect()
  const points = async () => (await database.query('select points::int from points')).rows[0]?.points as number
  await until(async () => (await points()) >= 93 && (await world.depth('loyalty')) === 0)
  expect(await loyalty.kill()).toEqual({ code: 0, signal: null })
  expect(await points()).toBe(93)
  await database.end()
})
