import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import * as z from 'zod'
import { command } from '../index.ts'
import { type HandlerProcess, until, createWorld, type World } from '#testbed'

const each = 500
const Remind = command('memory.remind.v1', { n: z.int(), after: z.int() })
const Begin = command('wait.begin.v1', { n: z.string() })

/** Sets delays, and starts sagas that no handler answers. */
const sleeper = {
  'handler.yaml': `
handles: [memory.remind.v1, wait.begin.v1]
subscribes: [wait.answered.v1]
emits: [memory.reminded.v1, wait.ended.v1]
sends: [wait.answer.v1]
scale: { backlog: 100 }
database: true
`,
  'handler.ts': `
import { command, delay, event, follow, handler, on, saga } from 'warren'
import * as z from 'zod'

const Remind = command('memory.remind.v1', { n: z.int(), after: z.int() })
const Reminded = event('memory.reminded.v1', { n: z.int(), due: z.int() })
const Begin = command('wait.begin.v1', { n: z.string() })
const Answer = command('wait.answer.v1', { n: z.string() })
const Answered = event('wait.answered.v1', { n: z.string() })
const Ended = event('wait.ended.v1', { n: z.string() })

const wait = saga(Begin, [Answer, Ended], { name: 'wait', key: 'n', within: '4s' })
  .step('answer', { send: ({ n }) => Answer({ n }), done: Answered })
  .onDone(({ n }) => Ended({ n }))
  .onFailed(({ n }) => Ended({ n }))

export default handler({ subscriptions: () => [
  on(Remind, [Reminded], ({ n, after }) => delay(\`\${after}ms\`, Reminded({ n, due: Date.now() + after }))),
  ...follow(wait),
] })
`,
}

/** Takes commands and never answers: it is not started. */
const mute = {
  'handler.yaml': 'handles: [wait.answer.v1]\nemits: [wait.answered.v1]\n',
  'handler.ts': `
import { command, event, handler, on } from 'warren'
import * as z from 'zod'
export default handler({ subscriptions: () => [
  on(command('wait.answer.v1', { n: z.string() }), [event('wait.answered.v1', { n: z.string() })], () => {}),
] })
`,
}

let folder: string
let world: World

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'warren-timers-'))
  const house = (name: string, files: Record<string, string>) => {
    mkdirSync(join(folder, name, 'migrations'), { recursive: true })
    for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, name, file), text)
    return join(folder, name)
  }
  // Messages that were in flight when the process was killed go up the ladder, which takes minutes.
  const tiers = { '1s': 200, '5s': 400, '30s': 600, '2m': 800, '10m': 1_000 }
  world = await createWorld([house('sleeper', sleeper), house('mute', mute)], { tiers })
})

afterAll(async () => {
  await world?.close()
  rmSync(folder, { recursive: true })
})

test(`of ${2 * each} timers under repeated SIGKILL none is lost, doubled or early`, async () => {
  const arrivals = new Map<string, { ids: Set<string>; at: number; due: number | undefined }>()
  const channel = await world.channel(world.broker.admin.user)
  await channel.assertQueue('listener', { arguments: { 'x-queue-type': 'quorum' } })
  for (const type of ['memory.reminded.v1', 'wait.ended.v1']) await channel.bindQueue('listener', 'events', `${type}.#`)
  await channel.consume('listener', (message) => {
    if (!message) return
    const { n, due } = JSON.parse(message.content.toString()) as { n: number | string; due?: number }
    const key = `${message.properties.type} ${n}`
    const known = arrivals.get(key) ?? { ids: new Set(), at: Date.now(), due }
    known.ids.add(String(message.properties.messageId))
    arrivals.set(key, known)
    channel.ack(message)
  })

  const sentAt = Date.now()
  const numbers = Array.from({ length: each }, (_, n) => n)
  await Promise.all(numbers.map((n) => world.send(Remind({ n, after: 500 + ((n * 17) % 8_000) }))))
  await Promise.all(numbers.map((n) => world.send(Begin({ n: String(n) }))))

  const killer = killRepeatedly(() => world.spawn('sleeper'), 20)
  await until(() => arrivals.size === 2 * each, { within: 100_000 })
  const last = await killer.stop()

  const all = [...arrivals.values()]
  expect(all.filter(({ ids }) => ids.size !== 1)).toEqual([])
  expect(all.filter(({ at, due }) => at < (due ?? sentAt + 4_000))).toEqual([])
  expect(killer.kills()).toBeGreaterThanOrEqual(5)

  const database = new pg.Client({ connectionString: world.databaseUrl('sleeper') })
  await database.connect()
  await until(async () => (await database.query('select from timers')).rowCount === 0, { within: 40_000 })
  await database.end()
  expect(await last.kill()).toEqual({ code: 0, signal: null })
}, 180_000)

/**
 * Starts a process again and again, and kills each by SIGKILL soon after it was ready, this many times; the last one keeps running.
 */
function killRepeatedly(start: () => Promise<HandlerProcess>, times: number) {
  let kills = 0
  let current: HandlerProcess
  let stopped = false
  const running = (async () => {
    for (;;) {
      current = await start()
      await current.ready
      if (kills === times || stopped) return current
      const life = Date.now() + 100 + Math.random() * 900
      await until(() => Date.now() > life)
      expect(await current.kill('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' })
      kills += 1
    }
  })()
  return {
    kills: () => kills,
    stop() {
      stopped = true
      return running
    },
  }
}
