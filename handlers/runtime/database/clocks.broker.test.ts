import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as z from 'zod'
import { clockOff, createWorld, type HandlerProcess, until, type World } from '#testbed'
import { command } from '../index.ts'

const hour = 3_600_000
const Remind = command('clock.remind.v1', { n: z.string() })
const Begin = command('clock.begin.v1', { n: z.string() })

/** Sets delays of two seconds, and starts sagas that have two seconds and that no handler answers. */
const clock = {
  'handler.yaml': `
handles: [clock.remind.v1, clock.begin.v1]
subscribes: [clock.answered.v1]
emits: [clock.reminded.v1, clock.ended.v1]
sends: [clock.answer.v1]
scale: { backlog: 150 }
database: true
`,
  'handler.ts': `
import { command, delay, event, follow, handler, on, saga } from 'warren'
import * as z from 'zod'

const n = z.string()
const Remind = command('clock.remind.v1', { n })
const Reminded = event('clock.reminded.v1', { n })
const Begin = command('clock.begin.v1', { n })
const Answer = command('clock.answer.v1', { n })
const Answered = event('clock.answered.v1', { n })
const Ended = event('clock.ended.v1', { n })

const wait = saga(Begin, [Answer, Ended], { name: 'wait', key: 'n', within: '2s' })
  .step('answer', { send: ({ n }) => Answer({ n }), done: Answered })
  .onDone(({ n }) => Ended({ n }))
  .onFailed(({ n }) => Ended({ n }))

export default handler({ subscriptions: () => [
  on(Remind, [Reminded], ({ n }) => delay('2s', Reminded({ n }))),
  ...follow(wait),
] })
`,
}

/** Takes the commands: it is not started. */
const mute = {
  'handler.yaml': 'handles: [clock.answer.v1]\nemits: [clock.answered.v1]\n',
  'handler.ts': `
import { command, event, handler, on } from 'warren'
import * as z from 'zod'
export default handler({ subscriptions: () => [
  on(command('clock.answer.v1', { n: z.string() }), [event('clock.answered.v1', { n: z.string() })], () => {}),
] })
`,
}

let folder: string
let world: World
let running: HandlerProcess
const arrivals = new Map<string, { at: number; publishedAt: number }>()

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'warren-clocks-'))
  const house = (name: string, files: Record<string, string>) => {
    mkdirSync(join(folder, name, 'migrations'), { recursive: true })
    for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, name, file), text)
    return join(folder, name)
  }
  world = await createWorld([house('clock', clock), house('mute', mute)])
  const channel = await world.channel(world.broker.admin.user)
  await channel.assertQueue('listener', { arguments: { 'x-queue-type': 'quorum' } })
  for (const type of ['clock.reminded.v1', 'clock.ended.v1']) await channel.bindQueue('listener', 'events', `${type}.#`)
  await channel.consume(
    'listener',
    (message) => {
      if (!message) return
      const { n } = JSON.parse(message.content.toString()) as { n: string }
      arrivals.set(n, { at: Date.now(), publishedAt: Number(message.properties.headers?.['x-published-at']) })
    },
    { noAck: true },
  )
})

afterEach(() => running.kill('SIGKILL'))

afterAll(async () => {
  await world?.close()
  rmSync(folder, { recursive: true })
})

async function start(milliseconds: number) {
  running = await world.spawn('clock', clockOff(milliseconds))
  await running.ready
}

/** It came after two seconds and not much later, and bears the right time. */
async function expectInTime(n: string, sentAt: number) {
  const { at, publishedAt } = await until(() => arrivals.get(n), { within: 20_000 })
  expect(at - sentAt).toBeGreaterThanOrEqual(2_000)
  expect(Math.abs(at - publishedAt)).toBeLessThan(20_000)
}

test.each([
  ['ahead', hour],
  ['behind', -hour],
])('a handler whose clock is an hour %s meets its delays and the deadlines of its sagas', async (name, off) => {
  await start(off)
  const sentAt = Date.now()
  await world.send(Remind({ n: `delay ${name}` }))
  await world.send(Begin({ n: `saga ${name}` }))
  await expectInTime(`delay ${name}`, sentAt)
  await expectInTime(`saga ${name}`, sentAt)
})

test('a deadline that one process has set is met by another one whose clock is an hour behind', async () => {
  await start(0)
  const before = await world.depth('mute')
  const sentAt = Date.now()
  await world.send(Begin({ n: 'handed over' }))
  await until(async () => (await world.depth('mute')) > before)
  await running.kill()

  await start(-hour)
  await expectInTime('handed over', sentAt)
})
