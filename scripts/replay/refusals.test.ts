import { onBatch, type Subscription } from 'warren'
import * as z from 'zod'
import { event } from '#runtime/contract.ts'
import { parseManifest } from '#runtime/manifest/index.ts'
import { refusals } from './refusals.ts'

const Paid = event('order.paid.v1', { orderId: z.string() })
const batch = onBatch(Paid, async () => undefined)
const call: Subscription = { ...batch, call: async () => undefined }
const rebuild = { since: new Date(0), rebuild: true }
const reader = { database: true, subscribes: ['order.paid.v1'] }

test.each([
  ['emits', { emits: ['order.billed.v1'] }, batch],
  ['sends', { sends: ['bill.print.v1'] }, batch],
  ['calls', {}, call],
])('a rebuild is refused for a handler that %s, unless its handler.yaml allows it', (act, keys, subscription) => {
  const of = (more: object) =>
    refusals(parseManifest('billing', { ...reader, ...keys, ...more }), [subscription], rebuild)
  expect(of({})).toEqual([
    `billing ${act}: it would do so again for each replayed message. If that is harmless, write rebuild: true in handlers/billing/handler.yaml`,
  ])
  expect(of({ rebuild: true })).toEqual([])
})

test('a replay is refused for a handler that calls, unless its handler.yaml allows it, because a call knows no inbox', () => {
  const holes = { since: new Date(), rebuild: false }
  const of = (more: object) => refusals(parseManifest('billing', { ...reader, ...more }), [call], holes)
  expect(of({})).toEqual([expect.stringMatching(/^billing calls: it would do so again .* write rebuild: true/)])
  expect(of({ rebuild: true })).toEqual([])
  expect(refusals(parseManifest('billing', { ...reader, emits: ['order.billed.v1'] }), [batch], holes)).toEqual([])
})

test('a rebuild is refused for a handler that subscribes to notifications', () => {
  const subscribes = ['order.paid.v1', { type: 'order.notify.v1', headers: {} }]
  expect(refusals(parseManifest('billing', { database: true, subscribes }), [batch], rebuild)).toEqual([
    'billing subscribes to a notification, which a replay leaves out',
  ])
})

test('a handler that only fills its tables may be rebuilt', () => {
  expect(refusals(parseManifest('billing', reader), [batch], rebuild)).toEqual([])
})
