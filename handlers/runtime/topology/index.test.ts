import { createHash } from 'node:crypto'
import * as fc from 'fast-check'
import { parseManifest } from '../manifest/index.ts'
import { definitions, idle, tiers } from './index.ts'

const orders = parseManifest('orders', {
  handles: ['order.place.v1'],
  subscribes: ['payment.authorized.v1', { type: 'payment.declined.v1', key: 'us.*' }],
  emits: ['order.created.v1', 'order.cancelled.v1'],
  sends: ['payment.authorize.v1'],
})
const payments = parseManifest('payments', {
  handles: ['payment.authorize.v1'],
  emits: ['payment.authorized.v1', 'payment.declined.v1'],
})
const audit = parseManifest('audit', { subscribes: ['order.created.v1'] })
const gateway = parseManifest('gateway', { sends: ['order.place.v1'] })
const shop = [orders, payments, audit, gateway]
const options = { vhost: 'shop', passwords: (user: string) => `${user}'s password` }
const all = definitions(shop, options)

const named = <Named extends { name: string }>(list: readonly Named[], name: string) =>
  list.find((object) => object.name === name)
const of = <Owned extends { user: string }>(list: readonly Owned[], user: string) =>
  list.filter((row) => row.user === user)
const mayWrite = (user: string, exchange: string, key: string, from = all) =>
  of(from.permissions, user).some(({ write }) => new RegExp(write).test(exchange)) &&
  of(from.topic_permissions, user)
    .filter((row) => row.exchange === exchange)
    .every(({ write }) => new RegExp(write).test(key))

describe('queues', () => {
  test('each handler has one, and one for its dead letters; retries and unrouted messages have their own', () => {
    expect(all.queues.map(({ name }) => name)).toEqual([
      'unrouted',
      'broadcast.stream',
      ...['wait.1s', 'wait.5s', 'wait.30s', 'wait.2m', 'wait.10m'],
      ...['orders', 'orders.dead', 'payments', 'payments.dead', 'audit', 'audit.dead', 'gateway', 'gateway.dead'],
    ])
  })

  test('all are replicated and durable, and no setting that may change later is an argument', () => {
    for (const queue of all.queues) {
      const kind = queue.name === 'broadcast.stream' ? 'stream' : 'quorum'
      expect(queue).toMatchObject({
        vhost: 'shop',
        durable: true,
        auto_delete: false,
        arguments: { 'x-queue-type': kind },
      })
    }
  })

  test('each matches exactly one policy, because RabbitMQ applies only one', () => {
    for (const { name } of all.queues) {
      const policies = all.policies.filter(
        (policy) => policy['apply-to'] === 'queues' && new RegExp(policy.pattern).test(name),
      )
      expect(policies).toHaveLength(1)
    }
  })

  test('a message that a handler cannot settle in 20 deliveries goes to its dead letters, and is kept until they have confirmed it', () => {
    expect(named(all.policies, 'payments')).toEqual({
      vhost: 'shop',
      name: 'payments',
      pattern: '^payments$',
      'apply-to': 'queues',
      priority: 0,
      definition: {
        'delivery-limit': 20,
        'dead-letter-exchange': 'dead',
        'dead-letter-routing-key': 'payments',
        'dead-letter-strategy': 'at-least-once',
        overflow: 'reject-publish',
      },
    })
  })

  test('inspecting dead letters does not exhaust their delivery limit', () => {
    expect(named(all.policies, '*.dead')).toMatchObject({
      pattern: '\\.dead$',
      definition: { 'delivery-limit': 1_000_000 },
    })
  })

  test('a retry waits for the length of its tier, then goes to `due` with the same routing key', () => {
    const waits = all.policies.filter(({ name }) => name.startsWith('wait.'))
    expect(waits.map(({ definition }) => definition['message-ttl'])).toEqual([1_000, 5_000, 30_000, 120_000, 600_000])
    for (const { definition } of waits) {
      expect(definition).toMatchObject({
        'delivery-limit': 1_000_000,
        'dead-letter-exchange': 'due',
        'dead-letter-strategy': 'at-least-once',
        overflow: 'reject-publish',
      })
      expect(definition).not.toHaveProperty('dead-letter-routing-key')
    }
  })

  test('a tier can be shorter than its name', () => {
    const { policies } = definitions(shop, { ...options, tiers: { '5s': 50 } })
    expect(named(policies, 'wait.5s')?.definition['message-ttl']).toBe(50)
    expect(named(policies, 'wait.1s')?.definition['message-ttl']).toBe(1_000)
  })

  test('broadcasts are kept for 7 days and within 5 MB, in segments that are small enough to be deleted', () => {
    expect(named(all.policies, 'broadcast.stream')).toMatchObject({
      pattern: '^broadcast\\.stream$',
      definition: { 'max-age': '7D', 'max-length-bytes': 5_000_000, 'stream-max-segment-size-bytes': 500_000 },
    })
  })

  test('the last 10,000 unrouted messages are kept', () => {
    expect(named(all.policies, 'unrouted')?.definition).toEqual({
      'max-length': 10_000,
      overflow: 'drop-head',
      'delivery-limit': 1_000_000,
    })
    expect(named(all.policies, 'alternate.unrouted')).toMatchObject({
      pattern: '^(events|notify|due)$',
      'apply-to': 'exchanges',
      definition: { 'alternate-exchange': 'unrouted' },
    })
  })
})

describe('bindings', () => {
  const routes = (queue: string) =>
    all.bindings
      .filter(({ destination }) => destination === queue)
      .map(({ source, routing_key }) => `${source} ${routing_key}`)

  test('a handler receives its commands, its events as narrowly as subscribed, its due retries and messages redriven to it', () => {
    expect(routes('orders')).toEqual([
      'commands order.place.v1.#',
      'events payment.authorized.v1.#',
      'events payment.declined.v1.us.*',
      'due *.orders',
      'redrive orders',
    ])
  })

  test('dead letters, retries and unrouted messages have one route each', () => {
    expect(routes('orders.dead')).toEqual(['dead orders'])
    expect(routes('wait.10m')).toEqual(['delay 10m.*'])
    expect(routes('unrouted')).toEqual(['unrouted '])
  })

  test('no binding names a missing exchange or queue', () => {
    for (const { source, destination, destination_type } of all.bindings) {
      expect(named(all.exchanges, source)).toBeDefined()
      const destinations: readonly { name: string }[] = destination_type === 'queue' ? all.queues : all.exchanges
      expect(destinations.map(({ name }) => name)).toContain(destination)
    }
  })
})

describe('users', () => {
  test('one for each handler, one for operators, one for monitoring only', () => {
    expect(all.users.map(({ name, tags }) => [name, ...tags].join(' '))).toEqual([
      'operator management',
      'monitor monitoring',
      'orders',
      'payments',
      'audit',
      'gateway',
    ])
  })

  test('the password is stored salted and hashed, the same way each time', () => {
    const { password_hash, hashing_algorithm } = named(all.users, 'payments')!
    const bytes = Buffer.from(password_hash, 'base64')
    const [salt, hash] = [bytes.subarray(0, 4), bytes.subarray(4)]
    expect(hash).toEqual(createHash('sha256').update(salt).update("payments's password").digest())
    expect(hashing_algorithm).toBe('rabbit_password_hashing_sha256')
    expect(definitions(shop, options)).toEqual(all)
  })

  test('the same password has a different hash for each user', () => {
    const { users } = definitions(shop, { ...options, passwords: () => 'the same' })
    expect(new Set(users.map(({ password_hash }) => password_hash)).size).toBe(users.length)
  })

  test('no user may declare, bind or delete anything', () => {
    const queues = all.queues.map(({ name }) => name).filter((name) => name !== 'unrouted')
    for (const { configure, write } of all.permissions) {
      expect(configure).toBe('^$')
      expect(queues.filter((name) => new RegExp(write).test(name))).toEqual([])
    }
  })

  test('a handler may read its own queue and no other', () => {
    for (const manifest of shop) {
      const [permission] = of(all.permissions, manifest.name)
      expect(all.queues.filter(({ name }) => new RegExp(permission!.read).test(name)).map(({ name }) => name)).toEqual([
        manifest.name,
      ])
    }
  })

  test('a handler may write to the exchanges that it needs and to no other', () => {
    const writes = (user: string) =>
      all.exchanges.map(({ name }) => name).filter((name) => new RegExp(of(all.permissions, user)[0]!.write).test(name))
    expect(writes('orders')).toEqual(['commands', 'events', 'delay', 'dead'])
    expect(writes('payments')).toEqual(['events', 'delay', 'dead'])
    expect(writes('audit')).toEqual(['delay', 'dead'])
    expect(writes('gateway')).toEqual(['commands', 'delay', 'dead'])
    expect(writes('operator')).toEqual(['commands', 'events', 'notify', 'redrive'])
    expect(writes('monitor')).toEqual([])
  })

  test('each topic exchange that a user may write to has a topic permission, because without one every key is allowed', () => {
    const topics = all.exchanges.filter(({ type }) => type === 'topic')
    for (const { user, write } of all.permissions) {
      const writable = topics.filter(({ name }) => new RegExp(write).test(name)).map(({ name }) => name)
      expect(of(all.topic_permissions, user).map(({ exchange }) => exchange)).toEqual(writable)
    }
  })

  test.each([
    ['payments', 'events', 'payment.authorized.v1', true],
    ['payments', 'events', 'payment.authorized.v1.us.vip', true],
    ['payments', 'events', 'payment.authorized.v10', false],
    ['payments', 'events', 'payment.authorizedXv1', false],
    ['payments', 'events', 'xpayment.authorized.v1', false],
    ['payments', 'events', 'order.created.v1', false],
    ['payments', 'events', '', false],
    ['audit', 'events', 'order.created.v1', false],
    ['audit', 'events', '', false],
    ['orders', 'commands', 'payment.authorize.v1', true],
    ['orders', 'commands', 'order.place.v1', false],
    ['orders', 'delay', '1s.orders', true],
    ['orders', 'delay', '10m.orders', true],
    ['orders', 'delay', '1s.payments', false],
    ['orders', 'delay', '3s.orders', false],
    ['orders', 'delay', '1s.orders.payments', false],
    ['orders', 'dead', 'orders', true],
    ['orders', 'dead', 'payments', false],
    ['orders', 'due', '1s.orders', false],
    ['orders', 'redrive', 'orders', false],
    ['orders', 'unrouted', 'orders', false],
    ['operator', 'redrive', 'orders', true],
    ['operator', 'dead', 'orders', false],
    ['operator', 'delay', '1s.orders', false],
    ['operator', 'due', '1s.orders', false],
    ['operator', 'unrouted', 'orders', false],
    ['operator', 'events', 'order.created.v1', true],
    ['operator', 'events', 'order.created.v1.us.vip', true],
    ['operator', 'commands', 'order.place.v10', true],
    ['operator', 'commands', 'order.place', false],
    ['operator', 'commands', 'order.placeXv1', false],
    ['operator', 'commands', 'orders', false],
    ['operator', 'commands', '', false],
  ])('%s may publish to %s with key %j: %j', (user, exchange, key, allowed) =>
    expect(mayWrite(user, exchange, key)).toBe(allowed),
  )

  test('whatever its types are, a handler may publish with their keys and no other', () => {
    const word = fc.constantFrom('a', 'aa')
    const type = fc
      .tuple(word, word, fc.constantFrom(1, 2, 10))
      .map(([noun, verb, version]) => `${noun}.${verb}.v${version}`)
    const key = fc
      .tuple(type, fc.constantFrom('.', 'x'), fc.constantFrom('', '0', '.us', '.us.vip', '.'))
      .map(([first, dot, rest]) => `${first.replace('.', dot)}${rest}`)
    fc.assert(
      fc.property(fc.uniqueArray(type, { minLength: 1, maxLength: 4 }), key, (emits, key) => {
        const from = definitions([parseManifest('any', { emits })], options)
        expect(mayWrite('any', 'events', key, from)).toBe(
          emits.some((type) => key === type || (key.startsWith(`${type}.`) && !key.endsWith('.'))),
        )
      }),
    )
  })

  test('operators may read dead letters, unrouted messages and what waits for its retry, but no work queue', () => {
    const [operator] = of(all.permissions, 'operator')
    const readable = all.queues.filter(({ name }) => new RegExp(operator!.read).test(name)).map(({ name }) => name)
    const dead = ['orders.dead', 'payments.dead', 'audit.dead', 'gateway.dead']
    expect(readable).toEqual(['unrouted', ...tiers.map((tier) => `wait.${tier}`), ...dead])
  })
})

describe('broadcasts', () => {
  const crier = parseManifest('crier', { announces: ['door.closed.v1'] })
  const porter = parseManifest('porter', { hears: ['door.closed.v1'] })
  const from = definitions([crier, porter], options)

  test('only the handler that announces a type may write it, and only one that hears may read', () => {
    expect(mayWrite('crier', 'broadcast', 'door.closed.v1', from)).toBe(true)
    expect(mayWrite('crier', 'broadcast', 'door.opened.v1', from)).toBe(false)
    expect(mayWrite('porter', 'broadcast', 'door.closed.v1', from)).toBe(false)
    expect(mayWrite('operator', 'broadcast', 'door.closed.v1', from)).toBe(false)
    const reads = (user: string) => new RegExp(of(from.permissions, user)[0]!.read).test('broadcast.stream')
    expect(['crier', 'porter', 'operator', 'monitor'].filter(reads)).toEqual(['porter'])
  })

  test('two sources of a broadcast are refused, and so is one that no handler announces', () => {
    const twin = parseManifest('twin', { announces: ['door.closed.v1'] })
    expect(() => definitions([crier, twin, porter], options)).toThrow(
      'door.closed.v1 is in announces of crier (handlers/crier/handler.yaml) and of twin (handlers/twin/handler.yaml): ' +
        'a broadcast has one source, so remove it from the others',
    )
    expect(() => definitions([porter], options)).toThrow(
      'handlers/porter/handler.yaml: hears names door.closed.v1, but no handler announces it: announce it from one, or stop hearing it',
    )
  })
})

describe('contradictory handlers are refused', () => {
  const refused = (...manifests: Parameters<typeof definitions>[0]) => {
    try {
      definitions(manifests, options)
    } catch (error) {
      return (error as TypeError).message
    }
    return 'accepted'
  }

  test('a command with two handlers', () => {
    const twin = parseManifest('cash', { handles: ['payment.authorize.v1'] })
    expect(refused(...shop, twin)).toBe(
      'payment.authorize.v1 is in handles of payments (handlers/payments/handler.yaml) and of cash (handlers/cash/handler.yaml): ' +
        'a command has one handler, so remove it from the others',
    )
  })

  test('an event with two sources', () => {
    const twin = parseManifest('cash', { emits: ['payment.declined.v1'] })
    expect(refused(...shop, twin)).toBe(
      'payment.declined.v1 is in emits of payments (handlers/payments/handler.yaml) and of cash (handlers/cash/handler.yaml): ' +
        'an event has one source, so remove it from the others',
    )
  })

  test('two handlers with the same name', () => {
    expect(refused(...shop, audit)).toBe('two handlers are named audit: rename one of the folders')
  })

  test('a command that is subscribed to and an event that is handled: such a binding can never match', () => {
    expect(refused(...shop, parseManifest('spy', { subscribes: ['payment.authorize.v1'] }))).toContain(
      'payment.authorize.v1 is used as a command (payments handles it in handlers/payments/handler.yaml, orders sends it in ' +
        'handlers/orders/handler.yaml) and as an event (spy subscribes to it in handlers/spy/handler.yaml): it can only be one of them',
    )
    expect(refused(...shop, parseManifest('spy', { handles: ['order.created.v1'] }))).toBe(
      'order.created.v1 is used as a command (spy handles it in handlers/spy/handler.yaml) and as an event ' +
        '(orders emits it in handlers/orders/handler.yaml, audit subscribes to it in handlers/audit/handler.yaml): it can only be one of them',
    )
  })

  test('a command without a handler', () => {
    expect(
      refused(orders, audit, parseManifest('bank', { emits: ['payment.authorized.v1', 'payment.declined.v1'] })),
    ).toBe(
      'handlers/orders/handler.yaml: sends names payment.authorize.v1, but no handler handles it: handle it in one, or stop sending it',
    )
  })

  test('an event without an emitter', () => {
    expect(refused(audit)).toBe(
      'handlers/audit/handler.yaml: subscribes names order.created.v1, but no handler emits it: ' +
        'emit it from one, or stop subscribing to it',
    )
  })

  test('a set that is declared partial may have gaps, but no contradictions', () => {
    expect(definitions([audit], { ...options, partial: true }).queues).toHaveLength(9)
    expect(() => definitions([audit, audit], { ...options, partial: true })).toThrow('two handlers are named audit')
  })

  test('a command that no handler sends, an event without a subscriber and a contract that none uses are accepted and reported', () => {
    const refunds = parseManifest('refunds', { handles: ['payment.refund.v1'] })
    expect(idle([...shop, refunds], ['order.place.v1', 'payment.declined.v1', 'order.forget.v1'])).toEqual([
      'handlers/refunds/handler.yaml: handles names payment.refund.v1, but no handler sends it: unless it comes from outside, send it from one, or stop handling it',
      'handlers/orders/handler.yaml: emits names order.cancelled.v1, but no handler subscribes to it, so it has no effect: ' +
        'subscribe to it, or stop emitting it',
      'handlers/contracts: order.forget.v1 is in no handler.yaml: use it in a handler, or remove it',
    ])
  })
})
