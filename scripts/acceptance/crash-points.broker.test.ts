import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import pg from 'pg'
import { AuthorizePayment, PlaceOrder, ReserveStock } from '#contracts'
import type { Message } from 'warren'
import type { CrashPoint } from './crashing-at.ts'
import type { HandlerProcess } from '../testbed/handler-process.ts'
import { until } from '../testbed/until.ts'
import { createWorld, type World } from '../testbed/world.ts'

/** A handler under test, with the effects that one message must have exactly once. */
interface Subject {
  readonly name: string
  /** Replacement code for ports that need a network. */
  readonly ports?: string
  readonly message: (orderId: string) => Message
  /** Counts its effects in its own database. */
  readonly effect: string
  /** The types of the resulting messages, in order. */
  readonly outputs: readonly string[]
  readonly calls: boolean
}

const subjects: readonly Subject[] = [
  {
    name: 'payments',
    ports: `() => ({ authorize: async ({ reference }) => ({ approved: true, id: reference }) })`,
    message: (orderId) => AuthorizePayment({ orderId, amount: 4_200, currency: 'EUR', card: 'tok_visa' }),
    effect: 'select count(*)::int from payments where order_id = $1',
    outputs: ['payment.authorized.v1'],
    calls: true,
  },
  {
    name: 'inventory',
    message: (orderId) => ReserveStock({ orderId, lines: [{ sku: 'BOOK-1', quantity: 2 }] }),
    // The number of reservations, once the stock matches them.
    effect: `select count(*)::int from reservations where order_id = $1 and
      (select reserved from stock where sku = 'BOOK-1') = 2 * (select count(*) from reservations where state = 'reserved')`,
    outputs: ['stock.reserved.v1'],
    calls: false,
  },
  {
    name: 'orders',
    message: (orderId) =>
      PlaceOrder({
        orderId,
        customerId: 'ada',
        email: 'ada@shop.example',
        currency: 'EUR',
        lines: [{ sku: 'BOOK-1', quantity: 2, unitPrice: 2_100 }],
        total: 4_200,
        card: 'tok_visa',
        shipTo: { name: 'Ada Byron', street: 'Long Street 1', city: 'London', postalCode: '10001', country: 'GB' },
      }),
    effect: `select count(*)::int from sagas where key = $1 and (select count(*) from timers where name = 'checkout:' || $1) = 1`,
    outputs: ['order.created.v1', 'stock.reserve.v1'],
    calls: false,
  },
]

function pointsOf({ calls, outputs }: Subject): CrashPoint[] {
  const each = outputs.flatMap((_, index): CrashPoint[] => [
    `before-publish-${index + 1}`,
    `before-confirm-${index + 1}`,
    `after-confirm-${index + 1}`,
  ])
  const called: CrashPoint[] = calls ? ['before-call', 'after-call'] : []
  return [...called, 'before-apply', 'after-apply', 'before-commit', 'after-commit', ...each, 'before-ack', 'after-ack']
}

describe.each(subjects)('$name', (subject) => {
  const folder = mkdtempSync(join(tmpdir(), 'warren-crash-'))
  const marker = join(folder, 'reached')
  let world: World
  let database: pg.Client
  const processes: HandlerProcess[] = []

  beforeAll(async () => {
    const house = join(folder, subject.name)
    mkdirSync(house)
    for (const part of ['handler.yaml', 'migrations'])
      symlinkSync(resolve('handlers', subject.name, part), join(house, part))
    writeFileSync(
      join(house, 'handler.ts'),
      `import definition from ${JSON.stringify(resolve('handlers', subject.name, 'handler.ts'))}
       import { crashingAt } from ${JSON.stringify(resolve('scripts/acceptance/crashing-at.ts'))}
       const { CRASH_AT, MARKER } = process.env
       const ports = ${subject.ports ?? 'definition.ports'}
       export default crashingAt({ ...definition, ports }, CRASH_AT, MARKER)`,
    )
    world = await createWorld([house])
    // No other handler runs here, so one queue receives every message for them.
    const channel = await world.channel(world.broker.admin.user)
    await channel.assertQueue('listener', { arguments: { 'x-queue-type': 'quorum' } })
    for (const exchange of ['commands', 'events']) {
      for (const output of subject.outputs) await channel.bindQueue('listener', exchange, `${output}.#`)
    }
    database = new pg.Client({ connectionString: world.databaseUrl(subject.name) })
    await database.connect()
  })

  afterEach(() => Promise.all(processes.splice(0).map((each) => each.kill('SIGKILL'))))

  afterAll(async () => {
    await database?.end()
    await world?.close()
    rmSync(folder, { recursive: true })
  })

  test.each(pointsOf(subject))(
    'killed %s, a message has one effect and everything it leads to is published',
    async (point) => {
      const orderId = randomUUID()
      rmSync(marker, { force: true })
      const env = { CRASH_AT: point, MARKER: marker, LOG_LEVEL: 'debug' }
      const id = await world.send(subject.message(orderId))

      const killed = await world.spawn(subject.name, env)
      processes.push(killed)
      expect(await killed.end()).toEqual({ code: null, signal: 'SIGKILL' })
      expect(existsSync(marker)).toBe(true)

      const successor = await world.spawn(subject.name, env)
      processes.push(successor)
      const heard = await until(async () => {
        const said = await published(world)
        const ids = new Set(
          [...known, ...said].filter(({ cause }) => cause === id).map(({ type, id }) => `${type} ${id}`),
        )
        known.push(...said)
        return ids.size === subject.outputs.length && (await world.depth(subject.name)) === 0 && [...ids]
      })
      expect(heard.map((each) => each.split(' ')[0]).sort()).toEqual([...subject.outputs].sort())
      // A graceful shutdown acknowledges everything that it held.
      await successor.ready
      expect(await successor.kill()).toEqual({ code: 0, signal: null })
      expect(await world.depth(subject.name)).toBe(0)
      const { rows } = await database.query<{ count: number }>(subject.effect, [orderId])
      expect(rows).toEqual([{ count: 1 }])
      const { rows: left } = await database.query('select id from inbox where id = $1 and outputs is not null', [id])
      expect(point === 'after-ack' ? [] : left).toEqual([])
    },
  )
})

const known: { type: string; id: string; cause: unknown }[] = []

/** Takes all messages that the listener has received. */
async function published(world: World) {
  const channel = await world.channel(world.broker.admin.user)
  const messages = []
  for (
    let got = await channel.get('listener', { noAck: true });
    got;
    got = await channel.get('listener', { noAck: true })
  ) {
    const { type, messageId, headers } = got.properties
    messages.push({ type: String(type), id: String(messageId), cause: headers?.['x-causation-id'] as unknown })
  }
  await channel.close()
  return messages
}
