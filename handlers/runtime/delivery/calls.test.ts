import { pino } from 'pino'
import { Unavailable } from '../failures.ts'
import { parseManifest } from '../manifest/index.ts'
import { longestPause } from '../manifest/limits.ts'
import { createMetrics } from '../observe/metrics.ts'
import { on } from '../on.ts'
import { rawMessage } from '../fixtures/raw-message.ts'
import { jobOf, DoJob } from '../fixtures/jobs.ts'
import { createCalls } from './calls.ts'
import { itemOfDelivery } from './work-item.ts'

const manifest = parseManifest('workbench', { handles: ['job.do.v1'] })
const metrics = createMetrics(manifest, '1', { inFlight: () => 0, blocked: () => [] })

const askFor = () => () => Promise.reject(new Error('nothing is asked here'))

function newCalls() {
  const report = { pause() {} }
  return createCalls(manifest, new AbortController().signal, report, { askFor, metrics, log: pino({ enabled: false }) })
}

test('a call that fails because its dependency is unavailable leaves the calls beside it alone', async () => {
  const call = ({ mode }: { mode: string }) =>
    mode === 'down' ? Promise.reject(new Unavailable('bank', { cause: '503' })) : Promise.resolve()
  const subscription = on(DoJob, [], { call })
  const itemOf = (mode: string) => {
    const raw = rawMessage(JSON.stringify(jobOf({ mode }).data))
    const delivery = { raw, alive: true, acknowledge() {}, outlived() {} }
    return itemOfDelivery(delivery, new Map([[DoJob.type, subscription]]), manifest)
  }
  const calls = newCalls()
  const [down, ok] = await Promise.all([calls.run(itemOf('down')), calls.run(itemOf('ok'))])
  expect(down).toMatchObject({ kind: 'failed', error: { dependency: 'bank' } })
  expect(ok).toEqual({ kind: 'returned', result: undefined })
  expect(calls.paused).toBeUndefined()
})

test('while a dependency is down, an item that has waited too long is not called any more', async () => {
  const call = () => Promise.reject(new Unavailable('bank', { cause: '503' }))
  const subscription = on(DoJob, [], { call })
  const raw = rawMessage(JSON.stringify(jobOf().data))
  const delivery = { raw, alive: true, acknowledge() {}, outlived() {} }
  const item = itemOfDelivery(delivery, new Map([[DoJob.type, subscription]]), manifest)
  const calls = newCalls()
  while (calls.paused === undefined) await calls.run(item)
  expect(await calls.run({ ...item, arrivedAt: Date.now() - longestPause - 1 })).toEqual({ kind: 'waited too long' })
  calls.stop()
})

test('while a dependency is down, deliveries that have died take no turn of those that came after them', async () => {
  let asked = 0
  const call = () => {
    asked++
    return Promise.reject(new Unavailable('bank', { cause: '503' }))
  }
  const subscription = on(DoJob, [], { call })
  const raw = rawMessage(JSON.stringify(jobOf().data))
  const itemOf = () => {
    const delivery = { raw, alive: true, acknowledge() {}, outlived() {} }
    return { delivery, item: itemOfDelivery(delivery, new Map([[DoJob.type, subscription]]), manifest) }
  }
  const calls = newCalls()
  while (calls.paused === undefined) await calls.run(itemOf().item)
  const before = asked
  const lost = Array.from({ length: 50 }, itemOf)
  const runs = lost.map(({ item }) => calls.run(item))
  for (const { delivery } of lost) delivery.alive = false

  expect(await calls.run(itemOf().item)).toMatchObject({ kind: 'failed' })
  expect(asked).toBe(before + 1)
  expect(await Promise.all(runs)).toEqual(lost.map(() => ({ kind: 'let go' })))
  calls.stop()
})
