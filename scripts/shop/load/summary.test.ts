import { percentile } from '../percentile.ts'
import { summary } from './summary.ts'
import { newTally } from './tally.ts'

test('a percentile is the value that this share of the list does not exceed', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => index + 1)

  expect(percentile(hundred, 50)).toBe(50)
  expect(percentile(hundred, 99)).toBe(99)
  expect(percentile([7], 99)).toBe(7)
  expect(percentile([], 50)).toBe(0)
})

test("the summary reports orders, answers, latencies and the driver's own cost", () => {
  const tally = newTally()
  for (const latency of [30, 10, 20]) {
    tally.accept(latency)
    tally.answer('order', 202)
  }
  tally.answer('order', 503)
  tally.retry()
  tally.leave()

  expect(summary({ ...tally.read(), took: 2_000, cpu: 500, file: 'load.jsonl' })).toEqual([
    '3 orders accepted in 2.0 s, 2 a second; 1 customers left without an order',
    'answers    order 202: 3, order 503: 1; 1 retries',
    'latency    p50 20 ms, p99 30 ms, from when the request was due to its 202',
    'driver     25 % of a core for 4 requests, 8 per second of CPU time',
    'file       load.jsonl',
  ])
})
