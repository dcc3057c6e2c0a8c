import { type HandlerProcess, metric, until } from '#testbed'
import { FailureSimulated } from '../simulated-failure.ts'
import { jobOf } from '../fixtures/jobs.ts'
import { openWorkbench, type Workbench } from '../fixtures/workbench.ts'

type Failure = ReturnType<typeof FailureSimulated>['data']['failure']

let bench: Workbench

beforeAll(async () => {
  bench = await openWorkbench()
})
afterEach(async () => {
  await simulate({ kind: 'none' })
  await bench.end()
})
afterAll(() => bench?.close())

/** A process that has started, and handles messages. */
async function start(simulates = 'on'): Promise<HandlerProcess> {
  const process = await bench.start('workbench', { SIMULATED_FAILURES: simulates })
  await process.ready
  return process
}

const simulate = (failure: Failure, { handler = 'workbench', seconds = 60 } = {}) =>
  bench.world.send(FailureSimulated({ handler, failure, seconds }))
/** Waits for the process's log of the failure with this id. */
const heardBy = (process: HandlerProcess, id: string) => until(() => process.lines.some((each) => each.includes(id)))
const jobs = (count: number) => Promise.all(Array.from({ length: count }, () => bench.send(jobOf())))
const pausedBy = (process: HandlerProcess, dependency: string) =>
  until(async () => (await metric(process, `warren_paused{handler="workbench",dependency="${dependency}"}`)) === 1)

test.each([
  ['a lost database', { kind: 'database-lost' }, 'database'],
  ['a lost dependency', { kind: 'dependency-lost' }, 'simulated'],
  ['lost answers', { kind: 'answers-lost' }, 'simulated'],
] as const)(
  '%s pauses the handler, whose messages wait and spend no attempt, until the failure is ended',
  async (_, failure, dependency) => {
    const process = await start()
    await heardBy(process, await simulate(failure))
    const ids = await jobs(10)
    await pausedBy(process, dependency)
    for (const id of ids) expect(await bench.effects(id)).toEqual([])
    await simulate({ kind: 'none' })
    for (const id of ids) expect(await bench.handled(id)).toMatchObject([{ attempt: 1 }])
    expect(bench.letters).toEqual([])
  },
)

test('a failure ends by itself, and one that ended before a process started is none', async () => {
  const process = await start()
  await heardBy(process, await simulate({ kind: 'database-lost' }, { seconds: 2 }))
  const id = await bench.send(jobOf())
  expect(await bench.handled(id)).toHaveLength(1)
  await heardBy(process, 'the simulated failure is over')
  await start()
  expect(await bench.handled(await bench.send(jobOf()))).toHaveLength(1)
})

test('a process that starts later simulates the failure as well', async () => {
  await simulate({ kind: 'dependency-lost' })
  const process = await start()
  await jobs(10)
  await pausedBy(process, 'simulated')
})

test('a slow database delays each transaction, and loses nothing', async () => {
  const process = await start()
  await heardBy(process, await simulate({ kind: 'database-slow', milliseconds: 300 }))
  const began = performance.now()
  expect(await bench.handled(await bench.send(jobOf()))).toHaveLength(1)
  expect(performance.now() - began).toBeGreaterThan(300)
})

test('a crash kills the processes that run, once each, before their commit: their messages are handled once by the next', async () => {
  const [first, second] = [await start(), await start()]
  const crash = await simulate({ kind: 'crash' })
  await Promise.all([heardBy(first, crash), heardBy(second, crash)])
  const exits: unknown[] = []
  for (const process of [first, second]) void process.exited.then((exit) => exits.push(exit))
  const ids = await jobs(20)
  await until(() => exits.length === 2)
  expect(exits).toEqual(Array(2).fill({ code: null, signal: 'SIGKILL' }))
  await start()
  for (const id of ids) expect(await bench.handled(id)).toHaveLength(1)
})

test('what is meant for another handler, and what a process without simulated failures hears, changes nothing', async () => {
  const process = await start()
  await simulate({ kind: 'dependency-lost' }, { handler: 'relay' })
  expect(await bench.handled(await bench.send(jobOf()))).toHaveLength(1)
  await process.kill('SIGKILL')
  await simulate({ kind: 'dependency-lost' })
  await start('off')
  expect(await bench.handled(await bench.send(jobOf()))).toHaveLength(1)
})
