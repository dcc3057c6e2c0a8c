import { createWorld, until, type HandlerProcess, type World } from '#testbed'
import { anOrder, post, problem, secret } from './testing/server.ts'

let world: World
let url: string
let inventory: HandlerProcess

beforeAll(async () => {
  world = await createWorld(['gateway', 'orders', 'inventory'])
  inventory = await world.spawn('inventory')
  const gateway = await world.spawn('gateway', { AUTH_SECRET: secret, RATE_LIMIT: '1000000' })
  await Promise.all([inventory.ready, gateway.ready])
  url = `http://127.0.0.1:${gateway.httpPort}`
})
afterAll(() => world?.close())

const stockOf = (sku: string) => fetch(`${url}/api/products/${sku}/stock`)
const order = async (sku: string, key: string) => {
  const response = await post(url, { ...anOrder, lines: [{ sku, quantity: 1 }] }, { 'idempotency-key': key })
  return { status: response.status, body: (await response.json()) as { warnings?: string[] } }
}

test('the stock of a product is what the warehouse answers; an unknown product is 404', async () => {
  const answer = await stockOf('MUG-1')
  expect({ status: answer.status, body: await answer.json() }).toEqual({
    status: 200,
    body: { sku: 'MUG-1', available: 1_000_000 },
  })
  expect(await (await stockOf('RARE-1')).json()).toEqual({ sku: 'RARE-1', available: 0 })
  expect(await problem(stockOf('GOLD-1'))).toMatchObject({ status: 404 })
})

test('an order of a product that is sold out is taken all the same, with a warning; one that is in stock has none', async () => {
  let orders = 0
  const warned = await until(async () => {
    const { status, body } = await order('RARE-1', `sold out ${++orders}`)
    expect(status).toBe(202)
    return body.warnings
  })
  expect(warned).toEqual(['RARE-1 may be out of stock: 1 ordered, 0 available'])
  expect((await order('MUG-1', 'in stock')).body).not.toHaveProperty('warnings')
})

test('without the warehouse an order is taken at once and without a warning, and a look at the stock is a 503', async () => {
  await inventory.kill('SIGKILL')
  const answer = await stockOf('MUG-1')
  expect(answer.headers.get('retry-after')).toBe('5')
  expect(await problem(answer)).toMatchObject({ status: 503 })
  // What it last answered is known until the next question has gone unanswered.
  await until(async () => (await order('RARE-1', `alone ${performance.now()}`)).body.warnings === undefined)
})
