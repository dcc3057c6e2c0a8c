import { rowsOf, type Seen } from './look.ts'
import { lastReason, type ScalingEvent } from './reason.ts'
import { watchLines, type Row } from './row.ts'
import { scalerState, type ScaledObject } from './scaler-state.ts'

const now = new Date('2026-01-02T03:04:05Z')
const secondsAgo = (seconds: number) => new Date(now.getTime() - seconds * 1_000)

const event = (kind: string, name: string, reason: string, message: string, age: number): ScalingEvent => ({
  involvedObject: { kind, name },
  reason,
  message,
  lastTimestamp: secondsAgo(age),
})

const activated = event(
  'ScaledObject',
  'payments',
  'KEDAScaleTargetActivated',
  'Scaled apps/v1.Deployment shop/payments from 0 to 1, triggered by rabbitMQScaler',
  40,
)
const rescaled = event(
  'HorizontalPodAutoscaler',
  'keda-hpa-payments',
  'SuccessfulRescale',
  'New size: 4; reason: external metric s0-rabbitmq-payments(&LabelSelector{MatchLabels:map[string]string{scaledobject.keda.sh/name: payments,},MatchExpressions:[]LabelSelectorRequirement{},}) above target',
  12,
)

const scaledObject = (conditions: Record<string, string>): ScaledObject => ({
  metadata: { name: 'payments' },
  spec: { scaleTargetRef: { name: 'payments' } },
  status: { conditions: Object.entries(conditions).map(([type, status]) => ({ type, status })) },
})

test('the latest reason of KEDA and the HPA is shown, shortened', () => {
  expect(lastReason([rescaled, activated], 'payments', 'keda-hpa-payments')).toEqual({
    text: '→ 4, s0-rabbitmq-payments above target',
    at: secondsAgo(12),
  })
  expect(lastReason([activated], 'payments', 'keda-hpa-payments')?.text).toBe('0 → 1, rabbitMQScaler')
})

test('events of other handlers, and events that scale nothing, are not reasons', () => {
  const watched = event('ScaledObject', 'payments', 'KEDAScalersStarted', 'Started scalers watch', 1)
  expect(lastReason([activated, rescaled], 'orders', 'keda-hpa-orders')).toBeUndefined()
  expect(lastReason([watched], 'payments', 'keda-hpa-payments')).toBeUndefined()
})

test("a scaler that cannot read its triggers shows KEDA's error", () => {
  const failed = event('ScaledObject', 'payments', 'KEDAScalerFailed', 'error requesting rabbitMQ API\n status: 401', 1)
  expect(lastReason([activated, failed], 'payments', 'keda-hpa-payments')?.text).toBe(
    'KEDAScalerFailed: error requesting rabbitMQ API status: 401',
  )
})

test('the state of a scaler is one word, the worst condition first', () => {
  const words = [
    { Ready: 'True', Active: 'True' },
    { Ready: 'True', Active: 'False' },
    { Ready: 'True', Active: 'True', Paused: 'True' },
    { Ready: 'False', Active: 'True', Fallback: 'True' },
    { Ready: 'False', Active: 'True' },
    {},
  ].map((conditions) => scalerState(scaledObject(conditions as Record<string, string>)))
  expect(words).toEqual(['active', 'idle', 'paused', 'fallback', 'failing', 'unknown'])
  expect(scalerState(undefined)).toBe('fixed')
})

const seen: Seen = {
  deployments: [
    { metadata: { name: 'payments' }, spec: { replicas: 4 }, status: { readyReplicas: 1 } },
    { metadata: { name: 'bank' }, spec: { replicas: 1 }, status: { readyReplicas: 1 } },
  ],
  scaledObjects: [scaledObject({ Ready: 'True', Active: 'True' })],
  events: [activated, rescaled],
}

const queues = new Map([
  ['payments', { ready: 70, unacknowledged: 20 }],
  ['payments.dead', { ready: 3, unacknowledged: 0 }],
])

test('the queues of all partitions count together', () => {
  const partitions = new Map([
    ['payments.0', { ready: 70, unacknowledged: 20 }],
    ['payments.11', { ready: 5, unacknowledged: 1 }],
    ['payments.dead', { ready: 3, unacknowledged: 0 }],
    ['payments.questions', { ready: 9, unacknowledged: 0 }],
  ])
  expect(rowsOf(seen, partitions)).toContainEqual(
    expect.objectContaining({ handler: 'payments', queued: 75, inFlight: 21, dead: 3 }),
  )
})

test("a row joins a handler's Deployment, ScaledObject, events and queues", () => {
  expect(rowsOf(seen, queues)).toEqual([
    {
      handler: 'bank',
      ready: 1,
      replicas: 1,
      queued: 0,
      inFlight: 0,
      dead: 0,
      scaler: 'fixed',
      last: undefined,
      lastError: undefined,
    },
    {
      handler: 'payments',
      ready: 1,
      replicas: 4,
      queued: 70,
      inFlight: 20,
      dead: 3,
      scaler: 'active',
      last: { text: '→ 4, s0-rabbitmq-payments above target', at: secondsAgo(12) },
      lastError: undefined,
    } satisfies Row,
  ])
})

test('the columns line up, ages are those of the moment of drawing, and unknown counts are question marks', () => {
  const lines = watchLines(() => now)(rowsOf(seen, undefined), { colours: false })
  expect(lines).toEqual([
    'handler   replicas  queued  in flight  dead  scaler  scaled last                                       last error',
    'bank             1       ?          ?     ?  fixed',
    'payments    1 of 4       ?          ?     ?  active  → 4, s0-rabbitmq-payments above target (12s ago)',
  ])
})

test('on a small screen the handlers that KEDA has put to sleep share one line', () => {
  const asleep = (handler: string): Row => ({
    handler,
    ready: 0,
    replicas: 0,
    queued: 0,
    inFlight: 0,
    dead: 0,
    scaler: 'idle',
    last: undefined,
    lastError: undefined,
  })
  const rows = [...rowsOf(seen, queues), asleep('orders'), asleep('shipping'), { ...asleep('stock'), dead: 1 }]
  const lines = watchLines(() => now)(rows, { colours: false, width: 99, height: 5 })
  expect(lines.map((line) => line.split(/ {2,}/)[0])).toEqual([
    'handler',
    'bank',
    'payments',
    'stock',
    '… 2 asleep: orders, shipping',
  ])
})

test('the last error stands to the right if there is room, and leaves without it', () => {
  const errors = new Map([['bank', { at: secondsAgo(90), text: 'Error: no ledger' }]])
  const draw = (width: number) => watchLines(() => now)(rowsOf(seen, queues, errors), { colours: false, width })
  expect(draw(160)[1]).toMatch(/^bank .* 1m ago, Error: no ledger$/)
  expect(draw(99)[0]).not.toContain('last error')
})
