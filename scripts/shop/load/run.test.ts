import { mkdtempSync, readdirSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readJournal } from './journal.ts'
import { runLoad } from './run.ts'

const products = [
  { sku: 'PEN-1', price: 2_450 },
  { sku: 'RARE-1', price: 99_900 },
]
const access = { token: 'a token' }
const servers: Server[] = []
afterAll(() => servers.forEach((server) => server.close()))

/** A gateway of the test's own: it lists its products, and `answer` does the rest. */
async function gateway(answer: (key: string, response: ServerResponse, request: IncomingMessage) => void) {
  const keys: string[] = []
  const server = createServer((request, response) => {
    if (request.url === '/api/products') return response.end(JSON.stringify({ products }))
    const key = String(request.headers['idempotency-key'] ?? request.url)
    keys.push(key)
    request.resume().on('end', () => answer(key, response, request))
  })
  servers.push(server)
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const folder = mkdtempSync(join(tmpdir(), 'warren-load-'))
  return { keys, folder, gatewayUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

const accept = (key: string, response: ServerResponse) =>
  response.writeHead(202).end(JSON.stringify({ orderId: `order-of-${key}`, total: 1 }))

test('every order is placed, some twice under the same key, and some are cancelled', async () => {
  const { keys, ...place } = await gateway(accept)
  const load = await runLoad({ ...place, access, orders: 100, rate: 10_000 })

  const cancelled = keys.filter((key) => key.endsWith('/cancel'))
  expect(cancelled).toHaveLength(5)
  expect(new Set(keys).size).toBe(105)
  expect(keys).toHaveLength(110)
  expect(load).toMatchObject({ accepted: 100, left: 0, retries: 0, requests: 110 })
  expect(Object.fromEntries(load.answers)).toEqual({ 'order 202': 105, 'cancel 202': 5 })
})

test('a request is in the file before it is sent, and its answer after it has arrived', async () => {
  const seen: boolean[] = []
  const { folder, gatewayUrl } = await gateway((key, response) => {
    const [name = ''] = readdirSync(folder)
    const lines = readJournal(join(folder, name))
    const asked = lines.find((line) => line.is === 'order' && line.key === key)
    seen.push(asked !== undefined && !lines.some((line) => line.is === 'answer'))
    accept(key, response)
  })
  const { file } = await runLoad({ gatewayUrl, folder, access, orders: 1, rate: 1 })

  expect(seen).toEqual([true])
  expect(readJournal(file).map(({ is }) => is)).toEqual(['start', 'order', 'answer', 'end'])
})

test('a busy, unavailable or silent shop is asked again under the same key, and every attempt is recorded', async () => {
  const tries = new Map<string, number>()
  const { keys, ...place } = await gateway((key, response, request) => {
    const count = (tries.get(key) ?? 0) + 1
    tries.set(key, count)
    if (count === 1) response.writeHead(503).end()
    else if (count === 2) response.writeHead(429).end()
    else if (count === 3) request.socket.destroy()
    else accept(key, response)
  })
  const load = await runLoad({ ...place, access, orders: 1, rate: 1 })

  expect(keys).toEqual(Array(4).fill(keys[0]))
  expect(load).toMatchObject({ accepted: 1, retries: 3 })
  const answers = readJournal(load.file).flatMap((line) => (line.is === 'answer' ? [line.status] : []))
  expect(answers).toEqual([503, 429, 'ECONNRESET', 202])
})

test('a customer leaves at once after a refusal, and when patience ends while the shop stays down', async () => {
  const refusing = await gateway((_, response) => response.writeHead(422).end())
  expect(await runLoad({ ...refusing, access, orders: 1, rate: 1 })).toMatchObject({
    accepted: 0,
    left: 1,
    requests: 1,
  })

  const down = await gateway((_, response) => response.writeHead(503, { 'retry-after': '7' }).end())
  expect(await runLoad({ ...down, access, orders: 1, rate: 1, patience: 5_000 })).toMatchObject({
    left: 1,
    requests: 1,
  })
})

test('a shop on another machine is not loaded', async () => {
  await expect(
    runLoad({ gatewayUrl: 'http://shop.example', folder: tmpdir(), access, orders: 1, rate: 1 }),
  ).rejects.toThrow('only a shop on this machine can be loaded')
})
