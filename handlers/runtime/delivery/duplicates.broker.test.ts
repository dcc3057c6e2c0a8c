import { randomUUID } from 'node:crypto'
import { v5 as uuidv5 } from 'uuid'
import { jobOf, RelayJob } from '../fixtures/jobs.ts'
import { type HandlerProcess, metric, until } from '#testbed'
import { expectToLeave, openWorkbench, reason, type Workbench } from '../fixtures/workbench.ts'

let bench: Workbench

beforeAll(async () => {
  bench = await openWorkbench()
})

afterEach(() => bench.end())

afterAll(() => bench.close())

const copies = Array.from({ length: 100 })

/** Events that this message led to, and how many different ones they are. */
function toldBy(id: string) {
  const events = bench.told.filter(({ properties }) => properties.headers?.['x-causation-id'] === id)
  return {
    published: events.length,
    different: new Set(events.map(({ properties }) => properties.messageId as string)).size,
  }
}

/** The number of messages with this outcome in these processes together. */
async function outcomes(processes: readonly HandlerProcess[], outcome: string) {
  const each = processes.map((one) => metric(one, `warren_handled_total{type="job.do.v1",outcome="${outcome}"}`))
  return (await Promise.all(each)).reduce((sum, count) => sum + count, 0)
}

describe('copies of one message', () => {
  test.each([
    ['that are waiting when the handler starts', false],
    ['that arrive in one group', true],
  ])('100 copies %s have one effect and lead to one event', async (_, together) => {
    const id = randomUUID()
    const send = () => Promise.all(copies.map(() => bench.send(jobOf(), { messageId: id })))
    if (!together) await send()
    const workbench = await bench.startWarm()
    if (together) await send()
    await until(async () => (await outcomes([workbench], 'known')) === 99)

    expect(await bench.effects(id)).toHaveLength(1)
    await until(() => toldBy(id).different === 1)
    await expectToLeave(workbench, bench)
  })

  test('100 copies taken by two replicas at the same time have one effect and lead to one event', async () => {
    const replicas = await Promise.all([bench.start(), bench.start()])
    await Promise.all(replicas.map(({ ready }) => ready))
    const neighbours = await Promise.all(copies.map(() => bench.send(jobOf())))
    await Promise.all(neighbours.map((id) => bench.handled(id)))

    const id = randomUUID()
    await Promise.all(copies.map(() => bench.send(jobOf(), { messageId: id })))
    await until(async () => (await outcomes(replicas, 'known')) === 99)

    expect(await bench.effects(id)).toHaveLength(1)
    expect(toldBy(id).different).toBe(1)
    for (const replica of replicas) expect(await outcomes([replica], 'known')).toBeGreaterThan(0)
    for (const replica of replicas) await expectToLeave(replica, bench)
    for (const neighbour of neighbours) expect(await bench.effects(neighbour)).toHaveLength(1)
  })

  test('a copy that arrives long after has no effect, and outputs already confirmed are not published again', async () => {
    const workbench = await bench.start()
    const id = await bench.send(jobOf())
    await bench.handled(id)
    await until(() => toldBy(id).published === 1)
    // The next groups empty the outputs that were confirmed.
    for (let count = 0; count < 3; count++) await bench.handled(await bench.send(jobOf()))

    await bench.send(jobOf(), { messageId: id, correlationId: 'another', headers: { 'x-causation-id': 'another' } })
    await until(async () => (await outcomes([workbench], 'known')) === 1)
    await expectToLeave(workbench, bench)
    expect(await bench.effects(id)).toHaveLength(1)
    expect(toldBy(id)).toEqual({ published: 1, different: 1 })
  })

  test('copies that pass through a handler without a database come out under one id, so they have one effect', async () => {
    const [relay, workbench] = [await bench.start('relay'), await bench.start()]
    const id = randomUUID()
    await Promise.all(copies.map(() => bench.send(RelayJob(jobOf().data), { messageId: id })))
    const led = uuidv5('relay/0', id)
    await until(async () => (await outcomes([workbench], 'known')) === 99)
    expect(await bench.effects(led)).toHaveLength(1)
    await expectToLeave(relay, bench)
    await expectToLeave(workbench, bench)
  })
})

describe('another message under the same id', () => {
  async function expectConflict(id: string, body: string) {
    const letter = await bench.letter(id)
    expect(reason(letter)).toBe('id-conflict')
    expect(letter.content.toString()).toBe(body)
    expect(await bench.handled(id)).toMatchObject([{ text: '' }])
    await until(() => toldBy(id).different === 1)
  }

  const otherJob = JSON.stringify(jobOf({ text: 'other' }).data)
  const sameJob = JSON.stringify(jobOf().data)

  test.each([
    ['with other content', otherJob, {}],
    ['with content that only looks the same', `${sameJob} `, {}],
    ['with unreadable content', 'hello', {}],
    ['that is too large', otherJob.padEnd(300_000), {}],
    ['of an unknown version', sameJob, { type: 'job.do.v9', key: 'job.do.v9' }],
    ['without a user', otherJob, { userId: undefined }],
  ])('%s, long after the first, is dead-lettered as an id conflict', async (_, body, other) => {
    const channel = await bench.world.channel(bench.world.broker.admin.user)
    await channel.bindQueue('workbench', 'commands', 'job.do.#')
    await channel.close()
    const workbench = await bench.start()
    const id = await bench.send(jobOf())
    await bench.handled(id)
    await bench.publish(body, { ...other, messageId: id })
    await expectConflict(id, body)
    await expectToLeave(workbench, bench)
  })

  test('in the same group: the first is handled, the other is dead-lettered as an id conflict', async () => {
    const workbench = await bench.startWarm()
    const ids = copies.map(() => randomUUID())
    await Promise.all(
      ids.flatMap((id) => [bench.send(jobOf(), { messageId: id }), bench.publish(otherJob, { messageId: id })]),
    )
    for (const id of ids) await expectConflict(id, otherJob)
    await expectToLeave(workbench, bench)
  })
})
