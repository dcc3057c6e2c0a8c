import { jobOf } from '../fixtures/jobs.ts'
import { respawn, type Respawned } from '#testbed'
import { expectToLeave, openWorkbench, reason, type Workbench } from '../fixtures/workbench.ts'

const tiers = { '1s': 50, '5s': 50, '30s': 50, '2m': 50, '10m': 50 }

let bench: Workbench

beforeAll(async () => {
  bench = await openWorkbench({ tiers })
})

/** Processes that a failed test would leave running. */
let running: Respawned | undefined
let watch: NodeJS.Timeout | undefined

afterEach(async () => {
  clearInterval(watch)
  await running?.stop()
  running = undefined
  await bench.end()
})

afterAll(() => bench.close())

/** Keeps a process running, and kills one that is caught in a loop and no longer answers its probe. */
async function keepRunning() {
  const kept = await respawn(() => bench.start())
  running = kept
  watch = setInterval(() => {
    if (kept.current.lines.includes('looping')) void kept.current.kill('SIGKILL')
  }, 20)
  return {
    ends: kept.ends,
    async stop() {
      await kept.stop()
      await expectToLeave(await bench.startWarm(), bench)
    },
  }
}

describe('a message that always ends its process is finally dead-lettered, and no other is', () => {
  test.each([
    ['during its call', 'call-exit'],
    ['inside the transaction', 'exit'],
    ['by an endless loop, until it is killed from outside', 'call-loop'],
  ])(
    '%s',
    async (_, mode) => {
      const send = (count: number) => Promise.all(Array.from({ length: count }, () => bench.send(jobOf())))
      const before = await send(30)
      const poison = await bench.send(jobOf({ mode }))
      const after = await send(30)
      const { ends, stop } = await keepRunning()

      const letter = await bench.letter(poison, 120_000)
      expect(reason(letter)).toBe('crashed-the-process')
      expect(letter.properties.headers).toMatchObject({ 'x-dead-attempts': 1, 'x-crashes': 4 })
      expect(JSON.parse(letter.content.toString())).toEqual(jobOf({ mode }).data)
      expect(await bench.effects(poison)).toEqual([])
      // Three deaths each time until it is set aside, four times; the fifth time it is dead-lettered.
      expect(ends.length).toBeGreaterThanOrEqual(12)
      expect(ends.length).toBeLessThanOrEqual(20)

      for (const id of [...before, ...after]) expect(await bench.handled(id)).toMatchObject([{ attempt: 1 }])
      expect(bench.letters.filter(({ properties }) => properties.messageId !== poison)).toEqual([])
      bench.letters.splice(0)
      await stop()
    },
    180_000,
  )
})

test('while one message keeps ending the process, new messages are still handled', async () => {
  const poison = await bench.send(jobOf({ mode: 'call-exit' }))
  const { stop } = await keepRunning()
  while (!bench.letters.some(({ properties }) => properties.messageId === poison)) {
    expect(await bench.handled(await bench.send(jobOf()), 60_000)).toMatchObject([{ attempt: 1 }])
  }
  expect(bench.letters).toHaveLength(1)
  await stop()
}, 180_000)

test('a message handled just before its process was killed is not applied again, and its outputs are published', async () => {
  const workbench = await bench.start()
  const id = await bench.send(jobOf({ mode: 'call-slow' }))
  await bench.handled(id)
  await workbench.kill('SIGKILL')

  const next = await bench.start()
  expect(await bench.handled(await bench.send(jobOf()))).toHaveLength(1)
  await next.kill()
  expect(await bench.effects(id)).toHaveLength(1)
  const told = bench.told.filter(({ properties }) => properties.headers?.['x-causation-id'] === id)
  expect(new Set(told.map(({ properties }) => properties.messageId as string)).size).toBe(1)
})
