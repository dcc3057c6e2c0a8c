import { jobOf } from '../fixtures/jobs.ts'
import { until } from '#testbed'
import { openWorkbench, type Workbench } from '../fixtures/workbench.ts'

let bench: Workbench

beforeAll(async () => {
  bench = await openWorkbench()
})

afterEach(async () => {
  await bench.end()
  const channel = await bench.world.channel(bench.world.broker.admin.user)
  await channel.purgeQueue('workbench')
  await channel.close()
})

afterAll(() => bench.close())

describe('a handler with a dependency that is down', () => {
  test.each([
    ['in its call', 'call-unavailable'],
    ['in its transaction', 'unavailable'],
  ])('%s exits on SIGTERM, and its message keeps waiting with its attempts unspent', async (_, mode) => {
    const workbench = await bench.startWarm()
    const id = await bench.send(jobOf({ mode }))
    const others = await Promise.all(Array.from({ length: 5 }, () => bench.send(jobOf())))
    for (const other of others) expect(await bench.handled(other)).toHaveLength(1)
    await until(() => workbench.lines.some((line) => line.includes('a dependency is unavailable')))

    let exit: unknown
    void workbench.kill().then((result) => (exit = result))
    expect(await until(() => exit, { within: 15_000 })).toEqual({ code: 0, signal: null })
    const channel = await bench.world.channel(bench.world.broker.admin.user)
    const kept = await until(() => channel.get('workbench', { noAck: true }))
    await channel.close()
    expect(kept.properties.messageId).toBe(id)
    expect(kept.fields.exchange).toBe('commands')
    expect(bench.letters).toEqual([])
  })

  test('exits on SIGTERM while it is paused by five failures in a row', async () => {
    const workbench = await bench.startWarm()
    const ids = await Promise.all(Array.from({ length: 3 }, () => bench.send(jobOf({ mode: 'call-unavailable' }))))
    await until(() => workbench.lines.some((line) => line.includes('paused until the dependency answers')), {
      within: 40_000,
    })
    let exit: unknown
    void workbench.kill().then((result) => (exit = result))
    expect(await until(() => exit, { within: 15_000 })).toEqual({ code: 0, signal: null })
    expect(await bench.world.depth('workbench')).toBe(ids.length)
  })
})
