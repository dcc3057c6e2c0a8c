import { jest } from '@jest/globals'
import { pino, type Logger } from 'pino'
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
const lines: Record<string, unknown>[] = []
const detailed = pino({ level: 'debug' }, { write: (line: string) => void lines.push(JSON.parse(line)) })
const askFor = () => () => Promise.reject(new Error('nothing is asked here'))

beforeEach(() => void lines.splice(0))
const metrics = createMetrics(manifest, '1', { inFlight: () => 0, blocked: () => [] })

/** A handler without a database whose publisher answers as `publish` does, and what it called, published and acknowledged. */
function handlerOf(publish: (publication: Publication) => 'confirmed' | 'unencodable', log: Logger = detailed) {
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
  const calls = createCalls(manifest, leaving, report, { askFor, metrics, log })
  const subscriptions = new Map([[DoJob.type, subscription]])
  const batcher = createBatcher({ database: undefined, subscriptions, intake: undefined, leaving, report, context })
  const handle = createHandle({ calls, batcher, publisher, leaving }, { manifest, identity, report })
  const deliver = (mode: string, arrivedAt = Date.now(), alive = true) => {
    const raw = rawMessage(JSON.stringify(jobOf({ mode }).data))
    const delivery = { raw, alive, acknowledge: () => acknowledged.push(mode), outlived() {} }
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

describe('at level debug, the log has one line for each message', () => {
  test('that was handled: its id, type and age, and how many messages of which type it led to', async () => {
    const { deliver, stop } = handlerOf(() => 'confirmed')
    await deliver('ok', Date.now() - 250)
    expect(lines).toEqual([
      expect.objectContaining({
        level: 20,
        msg: 'handled',
        messageId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        type: DoJob.type,
        source: 'delivery',
        outputs: { [JobDone.type]: 1 },
      }),
    ])
    expect(lines[0]!['milliseconds']).toBeGreaterThanOrEqual(250)
    expect(lines[0]!['milliseconds']).toBeLessThan(10_000)
    await stop()
  })

  test('that was let go of because its channel is gone', async () => {
    const { deliver, stop } = handlerOf(() => 'confirmed')
    await deliver('ok', Date.now(), false)
    expect(lines.map(({ msg, type }) => [msg, type])).toEqual([['let go of: it comes again', DoJob.type]])
    await stop()
  })

  test('whose outputs are stored but not confirmed', async () => {
    const { deliver, stop } = handlerOf(() => 'unencodable')
    await deliver('ok')
    expect(lines.filter(({ level }) => level === 20).map(({ msg }) => msg)).toEqual([
      'stored, and published once the broker confirms',
    ])
    await stop()
  })
})

test('at level info no line is made for a message that was handled', async () => {
  const log = pino({ level: 'info' }, { write: () => undefined })
  const made = jest.spyOn(log, 'debug')
  const { deliver, acknowledged, stop } = handlerOf(() => 'confirmed', log)
  await deliver('ok')
  expect(acknowledged).toHaveLength(1)
  expect(made).not.toHaveBeenCalled()
  await stop()
})
