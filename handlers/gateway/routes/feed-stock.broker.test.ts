import { until, createWorld, type World } from '#testbed'
import { ada, root, secret, signedIn } from '../testing/server.ts'

// The handler stock-feed has a queue here but never runs, so the gateway's messages stay in it for inspection.
let world: World
let url: string

beforeAll(async () => {
  world = await createWorld(['gateway', 'stock-feed'])
  const gateway = await world.spawn('gateway', { AUTH_SECRET: secret, ADMIN_ROUTES: 'on' })
  await gateway.ready
  url = `http://127.0.0.1:${gateway.httpPort}`
})
afterAll(() => world?.close())

const feed = async (updates: readonly object[], customer = root) =>
  fetch(`${url}/api/admin/stock-feed`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(await signedIn(customer)) },
    body: JSON.stringify({ updates }),
  })

test("a batch of a supplier's updates is sent in its order, for an admin only", async () => {
  const updates = [
    { sku: 'MUG-1', set: 10 },
    { sku: 'MUG-1', change: -3 },
    { sku: 'LAMP-1', set: 4 },
    { sku: 'MUG-1', change: 1 },
  ]
  expect((await feed(updates, ada)).status).toBe(403)
  const answer = await feed(updates)
  expect({ status: answer.status, body: await answer.json() }).toEqual({ status: 202, body: { updates: 4 } })

  // The queue has a single active consumer, so single messages cannot be fetched from it.
  const channel = await world.channel(world.broker.admin.user)
  const arrived: unknown[] = []
  await channel.consume('stock-feed', (message) => arrived.push(JSON.parse(message!.content.toString())), {
    noAck: true,
  })
  await until(() => arrived.length === updates.length)
  expect(arrived).toMatchObject(updates)
})
