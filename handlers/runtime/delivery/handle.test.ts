import { jest } from '@jest/globals'
import { pino } from 'pino'
import type { Publication } from '../broker/fate.ts'
import type { Publisher } from '../broker/publisher.ts'
import { Unavailable } from '../failures.ts'
import { DoJob, jobOf, JobDone } from '../fixtures/jobs.ts'
import { rawMessage } from '../fixtures/raw-message.ts'
import { parseManifest } from '../manifest/index.ts'
import { longestPause } from '../manifest/limits.ts'
import { createMetrics } from '../observe/metrics.ts'
import { on } from '../on.ts'
import { createBatcher } from './batcher.ts'
import { createCalls } from './calls.ts'
import { createHandle } from './handle.ts'
import { Report } from './report.ts'
import { itemOfDelivery } from './work-item.ts'

const manifest = parseManifest('workbench', { handles: [DoJob.type], emits: [JobDone.type] })
const identity = { name: 'workbench', user: 'workbench', version: '1' }
const log = pino({ enabled: false })
const metrics = createMetrics(manifest, '1', { inFlight: () => 0, blocked: () => [] })

/** A handler without a database whose publisher answers as `publish` does, and what it called, published and acknowledged. */
function handlerOf(publish: (publication: Publication) => 'confirmed' | 'unencodable') {
  const published: Publication[] = []
  const acknowledged: string[] = []
  const called: string[] = []
  const subscription = on(DoJob, [JobDone], {
    async call({ mode }) {
      called.push(mode)
      if (mode === 'down') throw new Unavailable('bank', { cause: '503' })
    },
    apply: ({ job }) => JobDone({ job, text: '' }),
  })
  const publisher: Publisher = {
    async publish(publications) {
      published.push(...publications)
      return publications.map(publish)
    },
    ready: Promise.resolve(),
    connected: true,
    confirming: true,
    blocked: [],
    close: async () => undefined,
  }
  const leaving = new AbortController().signal
  const report = new Report(metrics, log)
  const mayPublish = new Set([JobDone.type])
  const context = { handler: 'workbench', mayPublish, timeout: 1_000, ownRowsOnly: false, metrics, log }
  const calls = createCalls(manifest, leaving, report, { metrics, log })
  const subscriptions = new Map([[DoJob.type, subscription]])
  const batcher = createBatcher({ database: undefined, subscriptions, intake: undefined, leaving, report, context })
  const handle = createHandle({ calls, batcher, publisher, leaving }, { manifest, identity, report })
  const deliver = (mode: string, arrivedAt = Date.now()) => {
    const raw = rawMessage(JSON.stringify(jobOf({ mode }).data))
    const delivery = { raw, alive: true, acknowledge: () => acknowledged.push(mode), outlived() {} }
    return handle({ ...itemOfDelivery(delivery, subscriptions, manifest), arrivedAt })
  }
  return { deliver, called, published, acknowledged, stop: () => batcher.stop() }
}

test('a message whose dependency alone is unavailable for too long is deferred with its attempts unspent, and the others are handled', async () => {
  const { deliver, called, published, acknowledged, stop } = handlerOf(() => 'confirmed')
  await Promise.all([deliver('down', Date.now() - longestPause - 1), deliver('ok')])
  const [copy] = published.filter(({ exchange }) => exchange === 'delay')
  expect(copy).toMatchObject({ key: '10m.workbench', options: { headers: { 'x-attempt': 1, 'x-deferrals': 0 } } })
  expect(published.filter(({ exchange }) => exchange === 'events')).toHaveLength(1)
  expect(called.sort()).toEqual(['down', 'ok'])
  expect(acknowledged.sort()).toEqual(['down', 'ok'])
  await stop()
})

test('a message whose output cannot be encoded is acknowledged only once its dead letter is confirmed', async () => {
  const { deliver, published, acknowledged, stop } = handlerOf(({ exchange }) =>
    exchange === 'events' ? 'unencodable' : 'confirmed',
  )
  await deliver('ok')
  expect(published.map(({ exchange }) => exchange)).toEqual(['events', 'dead'])
  expect(published[1]?.options.headers).toMatchObject({ 'x-dead-reason': 'unpublishable' })
  expect(acknowledged).toEqual(['ok'])
  await stop()
})

test('a message whose dead letter cannot be encoded either is never acknowledged', async () => {
  const { deliver, acknowledged, stop } = handlerOf(() => 'unencodable')
  expect(await deliver('ok')).toMatchObject({ confirmed: false })
  expect(acknowledged).toEqual([])
  await stop()
})

test('a clock that is set back by an hour stops no message', async () => {
  const { deliver, acknowledged, stop } = handlerOf(() => 'confirmed')
  await deliver('ok')
  const now = Date.now()
  const clock = jest.spyOn(Date, 'now').mockImplementation(() => now - 3_600_000)
  await deliver('ok')
  clock.mockRestore()
  expect(acknowledged).toHaveLength(2)
  await stop()
}, 5_000)
