import { pino } from 'pino'
import { Unavailable } from '../failures.ts'
import { parseManifest } from '../manifest/index.ts'
import { createMetrics } from '../observe/metrics.ts'
import { on } from '../on.ts'
import { rawMessage } from '../fixtures/raw-message.ts'
import { jobOf, DoJob } from '../fixtures/jobs.ts'
import { Breaker } from './breaker.ts'
import { createCalls } from './calls.ts'
import { itemOfDelivery } from './work-item.ts'

const manifest = parseManifest('workbench', { handles: ['job.do.v1'] })
const metrics = createMetrics(manifest, '1', { inFlight: () => 0, blocked: () => [] })

test('a message that alone gets no answer waits, is tried again, and may wait no longer than the longest pause', async () => {
  const call = ({ mode }: { mode: string }) =>
    mode === 'down' ? Promise.reject(new Unavailable('bank', { cause: '503' })) : Promise.resolve()
  const subscription = on(DoJob, [], { call })
  const itemOf = (mode: string) => {
    const raw = rawMessage(JSON.stringify(jobOf({ mode }).data))
    const delivery = { raw, alive: true, acknowledge() {}, outlived() {} }
    return itemOfDelivery(delivery, new Map([[DoJob.type, subscription]]), manifest)
  }
  const breaker = new Breaker(() => {})
  const calls = createCalls(manifest, 60_000, breaker, { metrics, log: pino({ enabled: false }) })
  const [down, ok] = await Promise.all([calls.run(itemOf('down')), calls.run(itemOf('ok'))])
  expect(down).toMatchObject({ kind: 'failed', error: { dependency: 'bank' } })
  expect(ok).toEqual({ kind: 'returned', result: undefined })
  expect(breaker.open).toBeUndefined()
})

test('while a dependency is down, an item that has waited too long is not called any more', async () => {
  const call = () => Promise.reject(new Unavailable('bank', { cause: '503' }))
  const subscription = on(DoJob, [], { call })
  const raw = rawMessage(JSON.stringify(jobOf().data))
  const delivery = { raw, alive: true, acknowledge() {}, outlived() {} }
  const item = itemOfDelivery(delivery, new Map([[DoJob.type, subscription]]), manifest)
  const breaker = new Breaker(() => {})
  const calls = createCalls(manifest, 60_000, breaker, { metrics, log: pino({ enabled: false }) })
  while (breaker.open === undefined) await calls.run(item)
  expect(await calls.run({ ...item, arrivedAt: Date.now() - 60_001 })).toEqual({ kind: 'waited too long' })
  calls.stop()
})
