import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as z from 'zod'
import { answer, createWorld, publishAnswer, until, type World } from '#testbed'
import { broadcast } from '../contract.ts'

const DoorClosed = broadcast('door.closed.v1', { door: z.string() })
const files = {
  'crier/handler.yaml': 'announces: [door.closed.v1]\n',
  'crier/handler.ts': `import { handler } from 'warren'\nexport default handler({ subscriptions: () => [] })\n`,
  'porter/handler.yaml': 'hears: [door.closed.v1]\n',
  'porter/handler.ts': `import { broadcast, handler, onBroadcast } from 'warren'
import * as z from 'zod'
const DoorClosed = broadcast('door.closed.v1', { door: z.string() })
export default handler({
  subscriptions: () => [
    onBroadcast(DoorClosed, ({ door }, { log }) => {
      if (door === 'jammed') throw new Error('this door is jammed')
      log.info({ door }, 'heard')
    }),
  ],
})
`,
}

let folder: string
let world: World

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'broadcast-'))
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(join(folder, file, '..'), { recursive: true })
    writeFileSync(join(folder, file), text)
  }
  world = await createWorld(['crier', 'porter'].map((name) => join(folder, name)))
}, 60_000)
afterAll(async () => {
  await world?.close()
  rmSync(folder, { recursive: true })
})

const heardBy = ({ lines }: { lines: readonly string[] }) =>
  lines.flatMap((line) => (line.includes('"heard"') ? [(JSON.parse(line) as { door: string }).door] : []))
const close = (door: string) => world.send(DoorClosed({ door }))

test('a handler that only hears starts, and is ready when it has heard what was announced before', async () => {
  for (let door = 0; door < 300; door++) await close(`door ${door}`)
  const porter = await world.spawn('porter')
  await porter.ready
  expect(heardBy(porter)).toEqual(Array.from({ length: 300 }, (_, door) => `door ${door}`))
  await porter.kill()
}, 60_000)

test('after its connection was closed, a process hears what is announced, and nothing twice; a function that throws stops nothing', async () => {
  const porter = await world.spawn('porter')
  await porter.ready
  const before = heardBy(porter).length
  // The management API lists a new connection seconds later.
  await until(async () => {
    const all = await world.broker.request<{ name: string; user: string; vhost: string }[]>('GET', 'connections')
    const its = all.filter(({ user, vhost }) => user === 'porter' && vhost === world.vhost)
    for (const { name } of its)
      await world.broker.request('DELETE', `connections/${encodeURIComponent(name)}`).catch(() => undefined)
    return porter.lines.some((line) => line.includes('porter hears') && line.includes('connection lost'))
  })
  await close('jammed')
  await close('last')
  await until(() => heardBy(porter).includes('last'))
  expect(heardBy(porter).slice(before)).toEqual(['last'])
  expect(porter.lines.join('\n')).toContain('this door is jammed')
}, 60_000)

test('only the announcer may publish the type and only a hearer may read; neither may delete anything', async () => {
  expect(await publishAnswer(world, 'crier', 'broadcast', 'door.closed.v1')).toBe('done')
  expect(await publishAnswer(world, 'crier', 'broadcast', 'door.opened.v1')).toBe(403)
  expect(await publishAnswer(world, 'porter', 'broadcast', 'door.closed.v1')).toBe(403)
  expect(await publishAnswer(world, 'operator', 'broadcast', 'door.closed.v1')).toBe(403)
  const read = (user: string) =>
    answer(world, user, async (channel) => {
      await channel.prefetch(1)
      await channel.consume('broadcast.stream', () => {}, { arguments: { 'x-stream-offset': 'first' } })
    })
  expect(await Promise.all(['porter', 'crier', 'operator', 'monitor'].map(read))).toEqual(['done', 403, 403, 403])
  expect(await answer(world, 'porter', (channel) => channel.deleteQueue('broadcast.stream'))).toBe(403)
})
