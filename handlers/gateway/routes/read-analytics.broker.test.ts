import { randomUUID } from 'node:crypto'
import { OrderConfirmed, OrderCreated } from '#contracts'
import { createWorld, until, type HandlerProcess, type World } from '#testbed'
import { ada, problem, root, secret, signedIn } from '../testing/server.ts'

let world: World
let url: string
let analytics: HandlerProcess

beforeAll(async () => {
  world = await createWorld(['gateway', 'analytics'])
  const gateway = await world.spawn('gateway', { AUTH_SECRET: secret, ADMIN_ROUTES: 'on' })
  analytics = await world.spawn('analytics')
  await Promise.all([gateway.ready, analytics.ready])
  url = `http://127.0.0.1:${gateway.httpPort}`
}, 60_000)
afterAll(() => world?.close())

const read = async (query = '', customer = root) =>
  fetch(`${url}/api/analytics${query}`, { headers: await signedIn(customer) })

test('an admin reads what the orders of the last days have come to, as analytics has counted them', async () => {
  const outcome = { customerId: 'ada', email: 'ada@example.com', currency: 'EUR', total: 250 } as const
  for (const country of ['DE', 'DE', 'US']) {
    const orderId = randomUUID()
    await world.send(OrderCreated({ orderId, ...outcome, country }))
    await world.send(OrderConfirmed({ orderId, ...outcome, trackingId: 't' }))
  }
  const body = await until(async () => {
    const numbers = (await (await read()).json()) as any
    return numbers.funnel.confirmed === 3 && numbers
  })
  expect(body).toMatchObject({
    sales: [
      { country: 'DE', currency: 'EUR', orders: 2, confirmed: 2, revenue: 500 },
      { country: 'US', currency: 'EUR', orders: 1, confirmed: 1, revenue: 250 },
    ],
    funnel: { created: 3, reserved: 0, confirmed: 3 },
    failures: [],
    complete: true,
  })
  expect(await (await read('?days=366')).json()).toEqual(body)
})

test('a customer is refused with 403, and a number of days that is none with 400', async () => {
  expect((await read('', ada)).status).toBe(403)
  for (const days of ['0', '367', '1.5', 'all'])
    expect(await problem(read(`?days=${days}`))).toMatchObject({
      status: 400,
      detail: 'days must be a whole number from 1 to 366',
    })
})

test('without a running handler, the answer is 503 with a time to come back', async () => {
  await analytics.kill('SIGKILL')
  const answer = await read()
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5'])
})
