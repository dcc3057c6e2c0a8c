import { samples } from '#testbed'
import { deadReasons } from '../message/dead-reason.ts'
import { parseManifest } from '../manifest/index.ts'
import { tiers } from '../topology/tiers.ts'
import { createMetrics } from './metrics.ts'

const payments = parseManifest('payments', {
  handles: ['payment.capture.v1'],
  subscribes: ['order.created.v1'],
  retry: { forever: ['payment.capture.v1'] },
  database: true,
})
const metricsOf = () => createMetrics(payments, '1.2.3', { inFlight: () => 7, blocked: () => [{ exchange: 'events' }] })
const told = async ({ registry } = metricsOf()) => samples(await registry.metrics())

test('every line carries the name of its handler', async () => {
  const metrics = metricsOf()
  metrics.callSeconds.observe({ type: 'payment.capture.v1' }, 1)
  expect(new Set((await told(metrics)).map(({ labels }) => labels.handler))).toEqual(new Set(['payments']))
})

test('the running version is exposed', async () => {
  expect(await told()).toContainEqual({
    name: 'warren_build_info',
    labels: { handler: 'payments', version: '1.2.3' },
    value: 1,
  })
})

test('counters of events that should never happen exist from the start, as 0', async () => {
  const lines = (await told())
    .filter(({ name, value }) => value === 0 && /^warren_.*(total|paused)$/.test(name))
    .map(({ name, labels: { handler, ...labels } }) => [name, labels])
  expect(lines).toEqual([
    ['warren_handled_total', { type: 'payment.capture.v1', outcome: 'done' }],
    ['warren_handled_total', { type: 'order.created.v1', outcome: 'done' }],
    ['warren_retries_total', { type: 'payment.capture.v1' }],
    ['warren_retries_total', { type: 'order.created.v1' }],
    ...tiers.map((tier) => ['warren_put_off_total', { tier }]),
    ...deadReasons.map((reason) => ['warren_dead_total', { reason }]),
    ['warren_stuck_total', { type: 'payment.capture.v1' }],
    ...['commands', 'broadcast', 'delay', 'dead'].map((exchange) => ['warren_returned_total', { exchange }]),
    ...['commands', 'events', 'broadcast', 'notify', 'delay', 'dead'].map((exchange) => [
      'warren_refused_total',
      { exchange, fate: 'refused' },
    ]),
    ['warren_paused', { dependency: 'database' }],
  ])
})

test('processor time, memory and messages in flight are read at scrape time', async () => {
  const metrics = metricsOf()
  const value = (lines: Awaited<ReturnType<typeof told>>, wanted: string) =>
    lines.find(({ name }) => name === wanted)?.value ?? NaN
  const before = await told(metrics)
  const busyUntil = process.cpuUsage().user + 20_000
  while (process.cpuUsage().user < busyUntil);
  const after = await told(metrics)

  const used = value(after, 'process_cpu_seconds_total') - value(before, 'process_cpu_seconds_total')
  expect(used).toBeGreaterThan(0.015)
  expect(used).toBeLessThan(5)
  expect(value(after, 'process_resident_memory_bytes')).toBeGreaterThan(value(after, 'nodejs_heap_size_used_bytes'))
  expect(value(after, 'nodejs_heap_size_used_bytes')).toBeGreaterThan(1e6)
  expect(value(after, 'warren_in_flight')).toBe(7)
})
