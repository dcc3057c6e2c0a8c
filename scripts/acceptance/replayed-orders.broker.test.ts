import type { Handler } from 'warren'
import { loadManifests } from '#runtime/manifest/index.ts'
import { portsWithoutWorld } from '#runtime/prepare/ports.ts'
import { loadModule } from '../build/load-module.ts'
import { runReplay } from '../replay/run.ts'
import { readMailbox } from '../servers/mail.ts'
import { startWholeShop, type WholeShop } from '../shop/whole-shop.ts'
import { until } from '../testbed/until.ts'
import { expectNothingLeft, patiently } from './at-rest.ts'
import { cell, column, placeOrder } from './books-of-an-order.ts'
import { tracePublished, type Published } from './published.ts'

const manifests = loadManifests('handlers')
const acting = ['orders', 'payments', 'notifications', 'inventory', 'shipping']

let shop: WholeShop
let published: Published

beforeAll(async () => {
  shop = await startWholeShop()
  published = await tracePublished(shop.world, ['commands', 'events'])
  const cards = [...Array<string>(16).fill('tok_visa'), 'tok_declined', 'tok_declined']
  const orders = [...cards.map((card) => ({ card })), { lines: [{ sku: 'RARE-1', quantity: 1, unitPrice: 4_200 }] }]
  const placed = await Promise.all(orders.map((order) => placeOrder(shop, order)))
  await until(async () => {
    const ended = `select count(*)::int as cell from sagas where status <> 'running'`
    return (await cell(shop, 'orders', ended)) === placed.length
  }, patiently)
  await expectNothingLeft(shop)
}, 180_000)

afterAll(() => shop?.close())

const recorded = () => column<string>(shop, 'audit', 'select id as cell from journal')

test('the journal has as many messages as the exchanges have taken by their own counters, and exactly those', async () => {
  const ids = await published.ids()
  // Written by the broker every 5 s.
  await until(async () => (await published.counted()) === ids.length, patiently)
  expect((await recorded()).sort()).toEqual([...new Set(ids)].sort())
})

/** What the world outside of the shop has seen, and what the handlers have stored about it. */
async function effects() {
  const of = async (handler: string, table: string) =>
    (await column<string>(shop, handler, `select ${table}::text as cell from ${table}`)).sort()
  return {
    mailbox: await readMailbox(shop.shop.mails),
    authorizations: await of('bank', 'authorizations'),
    requestsToTheBank: await of('bank', 'requests'),
    payments: await of('payments', 'payments'),
    shipments: await of('shipping', 'shipments'),
    stock: await of('inventory', 'stock'),
    reservations: await of('inventory', 'reservations'),
    sagas: await of('orders', 'sagas'),
    recorded: (await recorded()).sort(),
    published: [...new Set(await published.ids())].sort(),
  }
}

/** Runs the command. @returns how many messages it sent */
async function replay(to: string, { rebuild = false, allowed = false } = {}): Promise<number> {
  const printed: string[] = []
  const everything = { since: undefined, until: undefined, key: '#', dryRun: false, json: true, data: '.warren' }
  const { amqpUrl, managementUrl, databases } = shop.shop
  await runReplay(
    { ...everything, to, rebuild },
    {
      system: {
        amqpUrl,
        managementUrl,
        handlers: Object.fromEntries(
          Object.entries(databases).map(([name, databaseUrl]) => [name, { databaseUrl, secrets: {} }]),
        ),
      },
      manifests: manifests.map((manifest) => ({ ...manifest, rebuild: allowed })),
      subscriptionsOf: async (manifest) => {
        const { default: definition } = await loadModule<{ default: Handler }>(`handlers/${manifest.name}/handler.ts`)
        return definition.subscriptions(portsWithoutWorld(definition, manifest))
      },
      print: (line) => printed.push(line),
      complain: () => undefined,
    },
  )
  return (JSON.parse(printed.join('')) as { sent: number }).sent
}

test.each(acting)('a rebuild of %s is refused, so nothing is sent, mailed or charged again', async (name) => {
  const before = await effects()
  await expect(replay(name, { rebuild: true })).rejects.toThrow(name)
  await expectNothingLeft(shop)
  expect(await effects()).toEqual(before)
})

test('a replay of everything to a handler that calls is refused: a call runs before the inbox drops its message', async () => {
  const before = await effects()
  await expect(replay('payments')).rejects.toThrow('payments calls')
  await expect(replay('notifications')).rejects.toThrow('notifications does not know which messages it has handled')
  expect(await effects()).toEqual(before)
})

test.each([...acting.filter((name) => name !== 'notifications'), 'gateway'])(
  'a replay of everything to %s, allowed where it has to be, changes nothing anywhere: its inbox drops all',
  async (name) => {
    const before = await effects()
    expect(await replay(name, { allowed: true })).toBeGreaterThan(15)
    await expectNothingLeft(shop)
    expect(await effects()).toEqual(before)
  },
)
