import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ConfirmChannel, GetMessage, Options } from 'amqplib'
import { parse } from 'yaml'
import { parseManifest } from '../manifest/index.ts'
import { answer, publishAnswer, writableKeys, until, createWorld, type World } from '#testbed'
import { definitions, tiers } from './index.ts'

const yaml = {
  clerk: `
    handles: [order.place.v1]
    subscribes: [ware.fetched.v1]
    emits: [order.created.v1]
    sends: [ware.fetch.v1]`,
  storeman: `
    handles: [ware.fetch.v1]
    emits: [ware.fetched.v1]`,
  listener: `
    subscribes: [{ type: order.created.v1, key: us.* }]`,
  doorman: `
    sends: [order.place.v1]
    http: 8080
    scale: { min: 1 }`,
}
const handlers = Object.keys(yaml)
const lengths = Object.fromEntries(tiers.map((tier) => [tier, 100]))

let folder: string
let world: World

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'topology-'))
  for (const [name, text] of Object.entries(yaml)) {
    mkdirSync(join(folder, name))
    writeFileSync(join(folder, name, 'handler.yaml'), text)
    writeFileSync(
      join(folder, name, 'handler.ts'),
      `import { handler } from 'warren'\nexport default handler({ subscriptions: () => [] })\n`,
    )
  }
  world = await createWorld(
    handlers.map((name) => join(folder, name)),
    { tiers: lengths },
  )
})

afterAll(async () => {
  await world?.close()
  rmSync(folder, { recursive: true })
})

/** Reads as the broker's administrator. */
async function asAdmin<Value>(use: (channel: ConfirmChannel) => Promise<Value>): Promise<Value> {
  const channel = await world.channel(world.broker.admin.user)
  try {
    return await use(channel)
  } finally {
    await channel.close()
  }
}

const take = (queue: string): Promise<GetMessage> =>
  until(() => asAdmin(async (channel) => channel.get(queue, { noAck: true })))

async function publish(exchange: string, key: string, body: string, options: Options.Publish = {}) {
  await asAdmin(async (channel) => {
    channel.publish(exchange, key, Buffer.from(body), options)
    await channel.waitForConfirms()
  })
}

const everyQueueIsEmpty = async () => {
  for (const name of handlers.flatMap((handler) => [handler, `${handler}.dead`])) {
    expect(await world.depth(name)).toBe(0)
  }
}

describe('routing', () => {
  test('a command goes to its one handler, with or without words after its type', async () => {
    await publish('commands', 'ware.fetch.v1', 'plain')
    expect((await take('storeman')).content.toString()).toBe('plain')
    await publish('commands', 'ware.fetch.v1.us.vip', 'with words')
    expect((await take('storeman')).content.toString()).toBe('with words')
    await everyQueueIsEmpty()
  })

  test('a command without a handler is returned to its sender', async () => {
    const returned = await asAdmin(async (channel) => {
      const back = new Promise<string>((resolve) =>
        channel.once('return', ({ content }: { content: Buffer }) => resolve(content.toString())),
      )
      channel.publish('commands', 'ware.burn.v1', Buffer.from('unbound'), { mandatory: true })
      await channel.waitForConfirms()
      return back
    })
    expect(returned).toBe('unbound')
  })

  test('an event goes to the handlers that subscribe to its words, and to `unrouted` if there are none', async () => {
    await publish('events', 'order.created.v1.us.vip', 'heard')
    expect((await take('listener')).content.toString()).toBe('heard')
    await publish('events', 'order.created.v1.de.vip', 'unheard')
    expect((await take('unrouted')).content.toString()).toBe('unheard')
    await publish('events', 'order.created.v10.us.vip', 'another version')
    expect((await take('unrouted')).content.toString()).toBe('another version')
    await everyQueueIsEmpty()
  })

  test.each(tiers)('a retry on tier %s returns to its handler alone, through `due`', async (tier) => {
    await publish('delay', `${tier}.storeman`, 'again')
    const { content, fields } = await take('storeman')
    expect([content.toString(), fields.exchange, fields.routingKey]).toEqual(['again', 'due', `${tier}.storeman`])
    await everyQueueIsEmpty()
  })

  test('retries of a missing handler go aside and delay no other handler', async () => {
    for (let count = 0; count < 100; count++) await publish('delay', '1s.absent', 'lost')
    await publish('delay', '1s.storeman', 'again')
    expect((await take('storeman')).content.toString()).toBe('again')
    await until(async () => (await world.depth('unrouted')) === 100)
    await asAdmin((channel) => channel.purgeQueue('unrouted'))
  })

  test('a redriven message goes to that one queue, whatever other handlers subscribe to it', async () => {
    const operator = await world.channel('operator')
    operator.publish('redrive', 'clerk', Buffer.from('once more'), { type: 'order.created.v1', mandatory: true })
    await operator.waitForConfirms()
    await operator.close()
    const { content, fields } = await take('clerk')
    expect([content.toString(), fields.exchange]).toEqual(['once more', 'redrive'])
    await everyQueueIsEmpty()
  })

  test('a message that is requeued a 21st time goes to the dead letters of its handler', async () => {
    await publish('commands', 'ware.fetch.v1', 'poison', { messageId: 'poison' })
    await asAdmin(async (channel) => {
      for (let delivery = 1; delivery <= 21; delivery++) {
        channel.reject(await until(() => channel.get('storeman')), true)
      }
    })
    const { properties } = await take('storeman.dead')
    expect(properties.messageId).toBe('poison')
    expect(properties.headers?.['x-death']?.[0]).toMatchObject({ queue: 'storeman', reason: 'delivery_limit' })
    await everyQueueIsEmpty()
  })

  test.each(['storeman.dead', 'unrouted'])('a message in %s survives being inspected 50 times', async (queue) => {
    await publish(queue === 'unrouted' ? 'unrouted' : 'dead', 'storeman', 'kept')
    const operator = await world.channel('operator')
    for (let count = 0; count < 50; count++) {
      const message = await until(() => operator.get(queue))
      operator.reject(message, true)
    }
    await operator.close()
    expect((await take(queue)).content.toString()).toBe('kept')
  })

  test('importing the same definitions again changes nothing: messages and connections stay', async () => {
    const channel = await world.channel('storeman')
    await publish('commands', 'ware.fetch.v1', 'waits')
    const manifests = Object.entries(yaml).map(([name, text]) => parseManifest(name, parse(text)))
    const passwords = (user: string) => decodeURIComponent(new URL(world.url(user)).password)
    await world.broker.importDefinitions(definitions(manifests, { vhost: world.vhost, passwords, tiers: lengths }))
    const message = await until(() => channel.get('storeman'))
    expect(message.content.toString()).toBe('waits')
    channel.ack(message)
    await channel.close()
  })
})

describe('permissions', () => {
  const types = ['order.place.v1', 'order.created.v1', 'ware.fetch.v1', 'ware.fetched.v1']
  const keys = [
    ...types.flatMap((type) => [type, `${type}.us`, `${type}0`, type.replace('.v1', 'Xv1'), `x.${type}`]),
    ...handlers.flatMap((name) => [name, `${name}.dead`, `1s.${name}`, `10m.${name}`, `2s.${name}`, `1s.${name}.x`]),
    'unrouted',
    '',
  ]
  const exchanges = [
    'commands',
    'events',
    'delay',
    'due',
    'dead',
    'redrive',
    'unrouted',
    '',
    'amq.topic',
    'amq.direct',
    'amq.fanout',
  ]
  const own = (name: string) => [`delay 1s.${name}`, `delay 10m.${name}`, `dead ${name}`]

  test.each([
    [
      'clerk',
      [
        'commands ware.fetch.v1',
        'commands ware.fetch.v1.us',
        'events order.created.v1',
        'events order.created.v1.us',
        ...own('clerk'),
      ],
    ],
    ['storeman', ['events ware.fetched.v1', 'events ware.fetched.v1.us', ...own('storeman')]],
    ['listener', own('listener')],
    ['doorman', ['commands order.place.v1', 'commands order.place.v1.us', ...own('doorman')]],
    [
      'operator',
      [
        ...['commands', 'events'].flatMap((exchange) =>
          keys.filter((key) => /^[a-z.]+\.v1[0.]?/.test(key)).map((key) => `${exchange} ${key}`),
        ),
        ...keys.map((key) => `redrive ${key}`),
      ],
    ],
    ['monitor', []],
  ])('%s can publish what it must, and gets 403 for everything else', async (user, allowed) => {
    expect(await writableKeys(world, user, exchanges, keys)).toEqual(allowed)
    await asAdmin(async (channel) => {
      for (const queue of ['unrouted', ...handlers.flatMap((name) => [name, `${name}.dead`])])
        await channel.purgeQueue(queue)
    })
  })

  test.each(handlers)('%s consumes its own queue, and gets 403 for every other', async (user) => {
    const all = [
      'unrouted',
      ...tiers.map((tier) => `wait.${tier}`),
      ...handlers.flatMap((name) => [name, `${name}.dead`]),
    ]
    const answers = (action: (channel: ConfirmChannel, queue: string) => unknown) =>
      Promise.all(all.map((queue) => answer(world, user, (channel) => action(channel, queue))))
    const ownAlone = all.map((queue) => (queue === user ? 'done' : 403))
    expect(await answers((channel, queue) => channel.consume(queue, () => {}))).toEqual(ownAlone)
    expect(await answers((channel, queue) => channel.get(queue))).toEqual(ownAlone)
    expect(await answers((channel, queue) => channel.purgeQueue(queue))).toEqual(ownAlone)
  })

  test.each([...handlers, 'operator', 'monitor'])('%s gets 403 for declaring, binding and deleting', async (user) => {
    const own = handlers.includes(user) ? user : 'storeman'
    const quorum = { durable: true, arguments: { 'x-queue-type': 'quorum' } }
    const forbidden: Record<string, (channel: ConfirmChannel) => unknown> = {
      'a new queue': (channel) => channel.assertQueue(`${own}.new`, quorum),
      'a queue that the broker names': (channel) => channel.assertQueue('', { exclusive: true }),
      'its own queue': (channel) => channel.assertQueue(own, quorum),
      'a new exchange': (channel) => channel.assertExchange(`${own}.new`, 'topic'),
      'an exchange': (channel) => channel.assertExchange('events', 'topic'),
      'a binding of its own queue': (channel) => channel.bindQueue(own, 'events', '#'),
      'the end of a binding': (channel) => channel.unbindQueue('storeman', 'commands', 'ware.fetch.v1.#'),
      'a binding between exchanges': (channel) => channel.bindExchange('dead', 'events', '#'),
      'the end of its own queue': (channel) => channel.deleteQueue(own),
      'the end of an exchange': (channel) => channel.deleteExchange('events'),
    }
    const answers = await Promise.all(
      Object.entries(forbidden).map(async ([what, action]) => [what, await answer(world, user, action)]),
    )
    expect(answers).toEqual(Object.keys(forbidden).map((what) => [what, 403]))
  })

  test('no user can publish in the name of another: 406', async () => {
    expect(await publishAnswer(world, 'storeman', 'events', 'ware.fetched.v1', { userId: 'clerk' })).toBe(406)
    expect(await publishAnswer(world, 'storeman', 'events', 'ware.fetched.v1', { userId: 'storeman' })).toBe('done')
    expect(await publishAnswer(world, 'operator', 'redrive', 'storeman', { userId: 'storeman' })).toBe(406)
    expect(await publishAnswer(world, 'operator', 'events', 'ware.fetched.v1', { userId: 'storeman' })).toBe(406)
    await asAdmin(async (channel) => {
      await channel.purgeQueue('clerk')
    })
  })

  test('the operator can read dead letters, unrouted messages and what waits for its retry, but no work queue', async () => {
    for (const queue of ['storeman.dead', 'unrouted', ...tiers.map((tier) => `wait.${tier}`)]) {
      expect(await answer(world, 'operator', (channel) => channel.get(queue))).toBe('done')
    }
    for (const queue of handlers) {
      expect(await answer(world, 'operator', (channel) => channel.get(queue))).toBe(403)
    }
  })

  test('the management API answers operator and monitor, but no handler', async () => {
    const status = async (user: string, method: string, path: string) => {
      const { password } = new URL(world.url(user))
      const authorization = `Basic ${Buffer.from(`${user}:${decodeURIComponent(password)}`).toString('base64')}`
      const url = `http://127.0.0.1:${world.broker.managementPort}/api/${path}`
      return (await fetch(url, { method, headers: { authorization } })).status
    }
    const queues = `queues/${world.vhost}`
    expect(await status('monitor', 'GET', queues)).toBe(200)
    expect(await status('operator', 'GET', queues)).toBe(200)
    expect(await status('storeman', 'GET', queues)).toBe(401)
    for (const user of ['monitor', 'operator', 'storeman']) {
      expect(await status(user, 'DELETE', `${queues}/storeman`)).toBe(401)
      expect(await status(user, 'GET', 'definitions')).toBe(401)
    }
  })
})
