import { createWorld, until, type World } from '#testbed'
import { ada, post, problem, root, secret, signedIn } from '../testing/server.ts'

let world: World
let url: string

beforeAll(async () => {
  world = await createWorld(['gateway', 'orders', 'inventory', 'payments'])
  const gateway = await world.spawn('gateway', { AUTH_SECRET: secret, RATE_LIMIT: '1000000', ADMIN_ROUTES: 'on' })
  await gateway.ready
  url = `http://127.0.0.1:${gateway.httpPort}`
})
afterAll(() => world?.close())

const simulate = async (body: object, customer = root) =>
  fetch(`${url}/api/admin/simulate-failure`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(await signedIn(customer)) },
    body: JSON.stringify(body),
  })

const lost = { handler: 'inventory', failure: { kind: 'database-lost' }, seconds: 3 }
const slow = { kind: 'database-slow', milliseconds: 60_000 }

test('only an admin simulates a failure, of a known kind and for ten minutes at most', async () => {
  expect(await problem(simulate(lost, ada))).toMatchObject({ status: 403 })
  expect(await problem(simulate({ ...lost, seconds: 601 }))).toMatchObject({
    status: 422,
    detail: 'seconds must be at most 600',
  })
  expect(await problem(simulate({ ...lost, failure: { kind: 'fire' } }))).toMatchObject({ status: 422 })
  expect(await problem(simulate({ ...lost, failure: slow }))).toMatchObject({
    status: 422,
    detail: expect.stringContaining('failure.milliseconds must be at most 5000') as string,
  })
})

test('while the database of the warehouse is lost, orders are taken and wait; they go on when it is over', async () => {
  await world.spawn('orders')
  const inventory = await world.spawn('inventory', { SIMULATED_FAILURES: 'on' })
  await inventory.ready
  const answer = await simulate(lost)
  expect({ status: answer.status, body: await answer.json() }).toEqual({ status: 202, body: lost })
  await until(() => inventory.lines.some((line) => line.includes('a failure is simulated')))
  const { orderId } = (await (await post(url)).json()) as { orderId: string }
  const steps = async () => {
    const order = await fetch(`${url}/api/orders/${orderId}`, { headers: await signedIn() })
    const { timeline } = (await order.json()) as { timeline: { step: string }[] }
    return timeline.map(({ step }) => step)
  }
  await until(async () => (await steps()).includes('stock'), { within: 20_000 })
  expect(inventory.lines.join('\n')).toContain('its loss is simulated')
})
