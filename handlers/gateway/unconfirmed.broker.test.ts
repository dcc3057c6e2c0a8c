import { type HandlerProcess, until, createWorld, type World } from '#testbed'
import { anOrder, post, secret } from './testing/server.ts'

let world: World
let gateway: HandlerProcess
let url: string

beforeAll(async () => {
  // Without the handler orders, no queue exists for its commands: the broker returns them.
  world = await createWorld(['gateway'])
  gateway = await world.spawn('gateway', { AUTH_SECRET: secret })
  await gateway.ready
  url = `http://127.0.0.1:${gateway.httpPort}`
})
afterAll(() => world?.close())

test('an order that no queue accepts gets a 503; repeating the key sends the stored command and gets a 202', async () => {
  const key = { 'idempotency-key': 'patience' }
  const refused = await post(url, anOrder, key)
  expect(refused.status).toBe(503)
  expect(refused.headers.get('retry-after')).toBe('2')
  expect(refused.headers.get('content-type')).toBe('application/problem+json')

  const channel = await world.channel(world.broker.admin.user)
  await channel.assertQueue('orders', { arguments: { 'x-queue-type': 'quorum' } })
  await channel.bindQueue('orders', 'commands', 'order.place.v1.#')
  expect((await post(url, { ...anOrder, card: 'tok_other' }, key)).status).toBe(422)

  const taken = await post(url, anOrder, key)
  expect(taken.status).toBe(202)
  const { orderId } = (await taken.json()) as { orderId: string }
  const message = await until(() => channel.get('orders', { noAck: true }))
  expect(JSON.parse(message.content.toString())).toMatchObject({ orderId, card: 'tok_visa', total: 6_980 })
})
