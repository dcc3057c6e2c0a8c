import { pino } from 'pino'
import { Unavailable } from '../failures.ts'
import { parseManifest } from '../manifest/index.ts'
import { createMetrics } from '../observe/metrics.ts'
import { on } from '../on.ts'
import { rawMessage } from '../fixtures/raw-message.ts'
import { jobOf, DoJob } from '../fixtures/jobs.ts'
import { until } from '#testbed'
import { Breaker } from './breaker.ts'
import { createCalls } from './calls.ts'
import { entryOfDelivery, type Entry } from './work-item.ts'

const manifest = parseManifest('workbench', { handles: ['job.do.v1'] })
const metrics = createMetrics(manifest, '1', () => 0)

test('a message that is told alone, for too long, that its dependency is down is let go while the others go through', async () => {
  const call = ({ mode }: { mode: string }) =>
    mode === 'down' ? Promise.reject(new Unavailable('bank', { cause: '503' })) : Promise.resolve()
  const subscription = on(DoJob, [], { call })
  const entry = (mode: string) => {
    const raw = rawMessage(JSON.stringify(jobOf({ mode }).data))
    return entryOfDelivery({ raw, alive: true }, new Map([[DoJob.type, subscription]]), manifest)
  }
  const [done, expired]: Entry[][] = [[], []]
  const calls = createCalls({
    manifest,
    breaker: new Breaker(() => {}),
    maxPause: 0,
    leaving: () => false,
    done: (entry) => done!.push(entry),
    failed: (_, error) => {
      throw error
    },
    dropped: () => {},
    expired: (entry) => expired!.push(entry),
    metrics,
    log: pino({ enabled: false }),
  })
  const patient = { ...entry('down'), arrivedAt: Date.now() - 1 }
  calls.add(patient)
  calls.add(entry('ok'))
  await until(() => expired!.length === 1 && done!.length === 1)
  expect(expired).toEqual([patient])
  calls.stop()
})
