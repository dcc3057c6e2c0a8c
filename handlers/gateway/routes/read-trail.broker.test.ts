import { until, createWorld, type HandlerProcess, type World } from '#testbed'
import { post, root, secret, signedIn } from '../testing/server.ts'

// The handler orders has a queue here but never runs, so an operation consists of its first message.
let world: World
let url: string
let journal: HandlerProcess

beforeAll(async () => {
  world = await createWorld(['gateway', 'orders', 'audit'])
  const gateway = await world.spawn('gateway', { AUTH_SECRET: secret, ADMIN_ROUTES: 'on' })
  journal = await world.spawn('audit')
  await Promise.all([gateway.ready, journal.ready])
  url = `http://127.0.0.1:${gateway.httpPort}`
}, 60_000)
afterAll(() => world?.close())

const trail = async (id: string) => fetch(`${url}/api/admin/trail/${id}`, { headers: await signedIn(root) })

test('the operation of an order is read from the journal, by the id of the order, of the operation and of a message', async () => {
  const placed = await post(url)
  const { orderId } = (await placed.json()) as { orderId: string }
  const found = await until(async () => {
    const answer = await trail(orderId)
    return answer.status === 200 && ((await answer.json()) as any)
  })
  const correlationId = placed.headers.get('x-correlation-id')
  expect(found).toMatchObject({
    operations: [{ correlationId, messages: 1, first: [{ type: 'order.place.v1', producer: 'gateway', ledTo: [] }] }],
    complete: true,
  })
  for (const id of [correlationId, found.operations[0].first[0].id])
    expect(await (await trail(id as string)).json()).toEqual(found)
  expect((await trail('00000000-0000-4000-8000-000000000000')).status).toBe(404)
})

test('without a running journal, the answer is 503 and comes in time', async () => {
  await journal.kill('SIGKILL')
  const began = performance.now()
  const answer = await trail('anything')
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5'])
  expect(performance.now() - began).toBeLessThan(8_000)
})
