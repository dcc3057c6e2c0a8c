import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { command, event, timer } from '../contract.ts'
import { on } from '../on.ts'
import {
  agreement,
  gracePeriod,
  lint,
  loadManifest,
  loadManifests,
  parseManifest,
  prefetch,
  refusals,
} from './index.ts'
import { worstCase } from './limits.ts'

describe('handler.yaml', () => {
  test('an empty file is a handler with the defaults', () => {
    expect(parseManifest('audit', null)).toEqual({
      name: 'audit',
      handles: [],
      subscribes: [],
      emits: [],
      sends: [],
      answers: [],
      asks: [],
      announces: [],
      hears: [],
      notifies: [],
      concurrency: 20,
      timeout: 30_000,
      retry: { attempts: 6, forever: [] },
      scale: { min: 0, max: 10, backlog: 150, cooldown: 60_000 },
      database: false,
      ordered: false,
      rebuild: false,
      env: {},
    })
  })

  test('written values override the defaults, key by key', () => {
    const manifest = parseManifest('payments', { timeout: '5s', retry: { attempts: 3 }, scale: { max: 2 } })
    expect(manifest).toMatchObject({
      timeout: 5_000,
      retry: { attempts: 3, forever: [] },
      scale: { min: 0, max: 2, backlog: 150, cooldown: 60_000 },
    })
  })

  test('a bare type subscribes to all of its routing keys', () => {
    const { subscribes } = parseManifest('audit', {
      subscribes: ['order.created.v1', { type: 'order.created.v2', key: 'us.*' }],
    })
    expect(subscribes).toEqual([
      { type: 'order.created.v1', key: '#' },
      { type: 'order.created.v2', key: 'us.*' },
    ])
  })

  test('types that are handled or subscribed to may be retried forever', () => {
    const { retry } = parseManifest('payments', {
      handles: ['a.b.v1'],
      subscribes: ['a.c.v1'],
      retry: { forever: ['a.b.v1', 'a.c.v1'] },
    })
    expect(retry.forever).toEqual(['a.b.v1', 'a.c.v1'])
  })

  test.each([
    ['an unknown key', { retries: 3 }, 'retries is not a known key: did you mean retry?'],
    ['an unknown nested key', { scale: { maximum: 3 } }, 'scale.maximum is not a known key: did you mean scale.max?'],
    ['a string instead of a list', { emits: 'a.b.v1' }, 'emits must be a list of message types (got "a.b.v1")'],
    ['an empty key', { handles: null }, 'handles must be a list of message types (got null)'],
    ['a list instead of keys', [], 'it must be keys and values, such as timeout: 30s (got [])'],
    [
      'a type without version',
      { handles: ['payment.authorize'] },
      'handles[0] must be a message type such as payment.authorize.v1 (got "payment.authorize")',
    ],
    [
      'a type with a wildcard',
      { emits: ['payment.*.v1'] },
      'emits[0] must be a message type such as payment.authorize.v1 (got "payment.*.v1")',
    ],
    [
      'a key that no routing key can match',
      { subscribes: [{ type: 'order.created.v1', key: 'us*' }] },
      'subscribes[0].key must be lower-case words, * or #, with dots between, such as us.* (got "us*")',
    ],
    ['a fraction', { concurrency: 1.5 }, 'concurrency must be a whole number (got 1.5)'],
    ['a concurrency of zero', { concurrency: 0 }, 'concurrency must be at least 1 (got 0)'],
    ['a number instead of a duration', { timeout: 30 }, 'timeout must be a duration such as 30s (got 30)'],
    ['a duration without unit', { timeout: '30' }, 'timeout must be a duration such as 30s (got "30")'],
    ['a timeout of zero', { timeout: '0s' }, 'timeout must be at least 1ms (got "0s")'],
    ['no attempt', { retry: { attempts: 0 } }, 'retry.attempts must be at least 1 (got 0)'],
    ['a negative minimum', { scale: { min: -1 } }, 'scale.min must be at least 0 (got -1)'],
    ['a maximum under the minimum', { scale: { min: 2, max: 1 } }, 'scale.max must be at least scale.min (got 1 < 2)'],
    [
      'HTTP at zero replicas',
      { http: 80 },
      'scale.min must be at least 1, because zero replicas cannot serve HTTP (got 0)',
    ],
    [
      'a variable that Warren sets',
      { env: { AMQP_URL: 'amqp://guest@rabbit' } },
      'env must not name AMQP_URL, because Warren sets it for every handler',
    ],
    ['a port out of range', { http: 70_000 }, 'http must be at most 65535 (got 70000)'],
    ['an entrance without HTTP', { entrance: {} }, 'http must be a port, because entrance opens it to the outside'],
    ['a yes for an entrance', { entrance: true }, 'entrance must hold nodePort, or nothing: {} (got true)'],
    [
      'a node port that Kubernetes does not hand out',
      { http: 80, entrance: { nodePort: 8080 } },
      'entrance.nodePort must be at least 30000 (got 8080)',
    ],
    ['a yes instead of true', { database: 'yes' }, 'database must be true or false (got "yes")'],
    ['a number in env', { env: { PORT: 80 } }, 'env.PORT must be a string: put it in quotes (got 80)'],
    ['a variable in lower case', { env: { port: '80' } }, 'env.port must be named in capitals, digits and underscores'],
    ['a type twice', { sends: ['a.b.v1', 'a.b.v1', 'a.b.v1'] }, 'sends must name a.b.v1 only once'],
    [
      'a type handled and subscribed to',
      { handles: ['a.b.v1'], subscribes: ['a.b.v1'] },
      'a.b.v1 must be in handles or in subscribes, not in both',
    ],
    [
      'a type emitted and sent',
      { emits: ['a.b.v1'], sends: ['a.b.v1'] },
      'a.b.v1 must be in emits or in sends, not in both',
    ],
    [
      'a type to retry forever that is not an input',
      { handles: ['a.b.v1'], retry: { forever: ['a.c.v1'] } },
      'retry.forever must name only what handles or subscribes name (got a.c.v1)',
    ],
  ])('%s is refused in one sentence that names file, key and value', (_, data, sentence) => {
    expect(() => parseManifest('payments', data)).toThrow(new TypeError(`handlers/payments/handler.yaml: ${sentence}`))
  })

  test('each wrong value has its own sentence', () => {
    expect(() => parseManifest('payments', { concurrency: 0, timeout: 30 })).toThrow(
      'handlers/payments/handler.yaml: concurrency must be at least 1 (got 0)\n' +
        'handlers/payments/handler.yaml: timeout must be a duration such as 30s (got 30)',
    )
  })

  test.each([
    ['a key of another level', { attempts: 3 }, 'attempts is not a known key: did you mean retry.attempts?'],
    [
      'a key of the outermost level',
      { scale: { timeout: '5s' } },
      'scale.timeout is not a known key: did you mean timeout?',
    ],
    [
      'a key that resembles none',
      { retry: { jitter: true } },
      'retry.jitter is not a known key: those of retry are attempts, forever',
    ],
    [
      'a key of a subscription',
      { subscribes: [{ type: 'a.b.v1', keys: 'us' }] },
      'subscribes[0].keys is not a known key: did you mean subscribes[0].key?',
    ],
  ])('%s that is unknown is answered with a known one', (_, data, sentence) => {
    expect(() => parseManifest('payments', data)).toThrow(new TypeError(`handlers/payments/handler.yaml: ${sentence}`))
  })

  test('a long value is truncated in the sentence', () => {
    expect(() => parseManifest('payments', { timeout: 'x'.repeat(1_000) })).toThrow(/\(got "x{79}…\)$/)
  })

  test.each([
    ...['Payments', '1st', 'pay.ments', 'payments-', 'payments-scaler', 'x'.repeat(41)],
    ...['operator', 'monitor', 'unrouted', 'dead', 'rabbit', 'system'],
  ])('a handler cannot be named %s', (name) => expect(() => parseManifest(name, {})).toThrow("the folder's name must"))
})

describe('handlers on disk', () => {
  const folder = mkdtempSync(join(tmpdir(), 'handlers-'))
  const add = (name: string, yaml?: string) => {
    mkdirSync(join(folder, name))
    if (yaml !== undefined) writeFileSync(join(folder, name, 'handler.yaml'), yaml)
  }
  beforeAll(() => {
    add('shipping', 'emits: [shipment.scheduled.v1]\ntimeout: 2m')
    add('audit', '')
    add('contracts')
    writeFileSync(join(folder, 'README.md'), '')
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  test('a folder with a handler.yaml is a handler, and nothing else is', () => {
    expect(loadManifests(folder).map(({ name }) => name)).toEqual(['audit', 'shipping'])
  })

  test('a folder with a handler.ts and no handler.yaml is an error: nothing would ever run it', () => {
    const other = mkdtempSync(join(tmpdir(), 'handlers-'))
    mkdirSync(join(other, 'thumbnails'))
    writeFileSync(join(other, 'thumbnails/handler.ts'), '')
    expect(() => loadManifests(other)).toThrow(
      `${join(other, 'thumbnails/handler.ts')}: there is no handler.yaml beside it, so nothing runs it: ` +
        'add one, which may be empty, or remove handler.ts',
    )
    rmSync(other, { recursive: true })
  })

  test.each(['', 'database: false'])('migrations beside a handler.yaml with "%s" are an error', (yaml) => {
    const other = mkdtempSync(join(tmpdir(), 'handlers-'))
    mkdirSync(join(other, 'stock/migrations'), { recursive: true })
    writeFileSync(join(other, 'stock/handler.yaml'), yaml)
    writeFileSync(join(other, 'stock/migrations/0001_stock.sql'), 'create table stock (id int);')
    expect(() => loadManifest(join(other, 'stock'))).toThrow(
      `${join(other, 'stock/handler.yaml')}${yaml && ':1'}: database must be true, because the folder has migrations`,
    )
    writeFileSync(join(other, 'stock/handler.yaml'), 'database: true')
    expect(loadManifest(join(other, 'stock')).database).toBe(true)
    rmSync(other, { recursive: true })
  })

  test('the name comes from the folder, the content from the file', () => {
    expect(loadManifest(join(folder, 'shipping'))).toMatchObject({
      name: 'shipping',
      emits: ['shipment.scheduled.v1'],
      timeout: 120_000,
    })
  })

  test('errors name the line: of the value, or of the key that holds it', () => {
    const other = mkdtempSync(join(tmpdir(), 'handlers-'))
    const file = join(other, 'stock/handler.yaml')
    mkdirSync(join(other, 'stock'))
    const text = `# Stock.
handles:
  - stock.reserve.v1
  - stock.Release.v1
retry:
  forever: [stock.reserve.v1]
  attempt: 3
scale: { min: 3,
  max: 2 }
env:
  PORT: 80
`
    writeFileSync(file, text)
    const type = 'handles[1] must be a message type such as payment.authorize.v1 (got "stock.Release.v1")'
    expect(() => loadManifest(join(other, 'stock'))).toThrow(
      [
        `${file}:4: ${type}`,
        `${file}:7: retry.attempt is not a known key: did you mean retry.attempts?`,
        `${file}:11: env.PORT must be a string: put it in quotes (got 80)`,
      ].join('\n'),
    )
    const readable = text.replace('Release', 'release').replace('attempt:', 'attempts:').replace('80', "'80'")
    writeFileSync(file, readable)
    expect(() => loadManifest(join(other, 'stock'))).toThrow(
      new TypeError(`${file}:9: scale.max must be at least scale.min (got 2 < 3)`),
    )
    writeFileSync(file, readable.replace('max: 2', 'max: 3'))
    expect(agreement(loadManifest(join(other, 'stock')), [])).toEqual([
      `${file}:3: handles must not name stock.reserve.v1, because nothing in handler.ts handles it`,
      `${file}:4: handles must not name stock.release.v1, because nothing in handler.ts handles it`,
    ])
    rmSync(other, { recursive: true })
  })

  test('errors name the faulty file', () => {
    const other = mkdtempSync(join(tmpdir(), 'handlers-'))
    const file = join(other, 'handler.yaml')
    try {
      expect(() => loadManifest(other)).toThrow(`${file}: there is no such file`)
      writeFileSync(file, 'timeout: [1')
      expect(() => loadManifest(other)).toThrow(
        new TypeError(`${file}:1: it is not YAML: a [ or { above is not closed: close it`),
      )
    } finally {
      rmSync(other, { recursive: true })
    }
  })
})

describe('handler.yaml and the code', () => {
  const Pay = command('payment.authorize.v1', {})
  const Ship = command('shipment.schedule.v1', {})
  const Paid = event('payment.authorized.v1', {})
  const Ordered = event('order.created.v1', {})
  const Wait = timer('payment.wait.v1', {})
  const subscriptions = [on(Pay, [Paid, Wait], () => {}), on(Ordered, [Ship], () => {}), on(Wait, [Paid], () => {})]
  const yaml = {
    handles: [Pay.type],
    subscribes: [
      { type: Ordered.type, key: 'us' },
      { type: Ordered.type, key: 'de' },
    ],
    emits: [Paid.type],
    sends: [Ship.type],
  }

  test('agree when each list names what the code does, apart from timers', () => {
    expect(agreement(parseManifest('payments', yaml), subscriptions)).toEqual([])
  })

  test('each difference is reported in one sentence', () => {
    const manifest = parseManifest('payments', {
      handles: ['payment.void.v1'],
      emits: [Paid.type, 'payment.voided.v1'],
    })
    expect(agreement(manifest, subscriptions)).toEqual([
      'handlers/payments/handler.yaml: handles must name payment.authorize.v1, because handler.ts handles it',
      'handlers/payments/handler.yaml: handles must not name payment.void.v1, because nothing in handler.ts handles it',
      'handlers/payments/handler.yaml: subscribes must name order.created.v1, because handler.ts subscribes to it',
      'handlers/payments/handler.yaml: emits must not name payment.voided.v1, because no list of outputs in handler.ts names it: list it beside the message that leads to it, or delete it here',
      'handlers/payments/handler.yaml: sends must name shipment.schedule.v1, because handler.ts sends it',
    ])
  })

  test('a command belongs in handles and an event in subscribes: the other list does not count', () => {
    const manifest = parseManifest('payments', { ...yaml, handles: [], subscribes: [Pay.type, Ordered.type] })
    expect(agreement(manifest, subscriptions)).toEqual([
      'handlers/payments/handler.yaml: handles must name payment.authorize.v1, because handler.ts handles it',
      'handlers/payments/handler.yaml: subscribes must not name payment.authorize.v1, because nothing in handler.ts subscribes to it',
    ])
  })

  test('HTTP requests may send and emit messages that no other message leads to, and nothing else is allowed', () => {
    const http = { http: 8080, scale: { min: 1 } }
    const more = { sends: ['order.place.v1', Ship.type], emits: ['order.seen.v1', Paid.type] }
    expect(agreement(parseManifest('gateway', { ...yaml, ...http, ...more }), subscriptions)).toEqual([])
    expect(agreement(parseManifest('gateway', { ...yaml, ...more }), subscriptions)).toHaveLength(2)
    expect(agreement(parseManifest('gateway', { ...yaml, ...http, sends: [] }), subscriptions)).toHaveLength(1)
    expect(agreement(parseManifest('gateway', { ...yaml, ...http, handles: [] }), subscriptions)).toHaveLength(1)
  })

  test('a saga needs a database', () => {
    const batch = { run: async () => [], check: async () => undefined }
    const followed = [{ contract: Pay, outputs: [], batch }]
    expect(agreement(parseManifest('payments', { handles: [Pay.type], database: true }), followed)).toEqual([])
    expect(agreement(parseManifest('payments', { handles: [Pay.type] }), followed)).toEqual([
      'handlers/payments/handler.yaml: database must be true, because handler.ts follows a saga',
    ])
  })
})

describe('the deliveries that one replica holds', () => {
  test('are as many as its concurrency, or three groups if it has no call', () => {
    const manifest = parseManifest('payments', { concurrency: 7 })
    expect(prefetch(manifest, true)).toBe(7)
    expect(prefetch(manifest, false)).toBe(300)
  })

  test('a backlog under half of them is reported, unless the handler has no inputs', () => {
    const complaints = (more: object, hasCall: boolean) =>
      lint(parseManifest('payments', { handles: ['a.b.v1'], ...more }), hasCall)
    expect(complaints({ concurrency: 41, scale: { backlog: 20 } }, true)).toEqual([
      'handlers/payments/handler.yaml: scale.backlog must be at least 21, half of the 41 deliveries that one replica holds, ' +
        'or the first replica takes the messages that others are started for (got 20)',
    ])
    expect(complaints({ scale: { backlog: 149 } }, false)).toHaveLength(1)
    expect(complaints({ scale: { backlog: 150 } }, false)).toEqual([])
    expect(complaints({}, true)).toEqual([])
    expect(complaints({}, false)).toEqual([])
    expect(complaints({ handles: [] }, false)).toEqual([])
  })

  test('a timeout that RabbitMQ would not wait for is refused, and the longest allowed one is named', () => {
    expect(refusals(parseManifest('reports', { timeout: '1170s' }), true)).toEqual([])
    expect(refusals(parseManifest('reports', { timeout: '25m' }), true)).toEqual([
      'handlers/reports/handler.yaml: timeout must be at most 1170s, because RabbitMQ takes a delivery back after 30m ' +
        'and a pause may last 10m of that (got 1500s)',
    ])
  })

  test('the grace period outlasts the worst case of every handler', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1_000 }),
        fc.integer({ min: 1, max: 3_600_000 }),
        fc.boolean(),
        (concurrency, timeout, hasCall) => {
          const manifest = parseManifest('any', { concurrency, timeout: `${timeout}ms` })
          expect(gracePeriod(manifest)).toBeGreaterThan(worstCase(manifest, hasCall))
        },
      ),
    )
  })
})
