import { randomUUID } from 'node:crypto'
import { OrderConfirmed } from '#contracts'
import { until, createWorld, type World } from '#testbed'
import { ada, bob, secret, signedIn } from '../testing/server.ts'

let world: World
let url: string

beforeAll(async () => {
  world = await createWorld(['gateway', 'loyalty'])
  const [gateway, loyalty] = [await world.spawn('gateway', { AUTH_SECRET: secret }), await world.spawn('loyalty')]
  await Promise.all([gateway.ready, loyalty.ready])
  url = `http://127.0.0.1:${gateway.httpPort}`
}, 60_000)
afterAll(() => world?.close())

const points = async (customer = ada) =>
  ((await (await fetch(`${url}/api/points`, { headers: await signedIn(customer) })).json()) as { points: number })
    .points

test('the points of a confirmed order are those of its customer alone', async () => {
  const order = { orderId: randomUUID(), customerId: 'ada', email: ada.email, currency: 'EUR', total: 4_299 } as const
  await world.send(OrderConfirmed({ ...order, trackingId: 'parcel-1' }))
  await until(async () => (await points()) === 42)
  expect(await points(bob)).toBe(0)
})
