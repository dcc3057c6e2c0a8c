import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Reject, Unavailable } from 'warren'
import { httpBank } from './bank.ts'

const payment = { reference: 'order-1', amount: 4200, currency: 'EUR', card: 'tok_visa' }
const { signal } = new AbortController()
const options = { idempotencyKey: 'order-1', signal }
const servers: Server[] = []

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})

test('an authorization has the id that the bank issued', async () => {
  const bank = httpBank(await answering(201, { status: 'authorized', id: 'auth-1' }))
  expect(await bank.authorize(payment, options)).toEqual({ approved: true, id: 'auth-1' })
})

test('a declined payment is a result with a reason', async () => {
  const bank = httpBank(await answering(201, { status: 'declined', reason: 'no money' }))
  expect(await bank.authorize(payment, options)).toEqual({ approved: false, reason: 'no money' })
})

test('the request contains its key and its body', async () => {
  const asked = new Promise<unknown>((resolve) => {
    const url = serving((request, response) => {
      let body = ''
      request.on('data', (part: Buffer) => (body += part.toString()))
      request.on('end', () => {
        response.writeHead(201).end('{}')
        resolve([request.method, request.url, request.headers['idempotency-key'], JSON.parse(body)])
      })
    })
    void url.then((url) => httpBank(url).capture({ authorizationId: 'auth-1', amount: 4200 }, options))
  })
  expect(await asked).toEqual(['POST', '/captures', 'order-1', { authorizationId: 'auth-1', amount: 4200 }])
})

test.each([429, 502, 503, 504])('%i means that the bank is unavailable', async (status) => {
  const bank = httpBank(await answering(status, {}))
  await expect(bank.authorize(payment, options)).rejects.toThrow(Unavailable)
})

test.each([400, 404, 409, 422])('%i rejects the message for good', async (status) => {
  const bank = httpBank(await answering(status, { detail: 'it is voided' }))
  await expect(bank.capture({ authorizationId: 'auth-1', amount: 1 }, options)).rejects.toThrow(Reject)
  await expect(bank.capture({ authorizationId: 'auth-1', amount: 1 }, options)).rejects.toThrow('it is voided')
})

test('500 concerns a single request: it is retried, and the handler does not pause', async () => {
  const bank = httpBank(await answering(500, {}))
  const failure = await bank.authorize(payment, options).catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(Error)
  expect(failure).not.toBeInstanceOf(Unavailable)
  expect(failure).not.toBeInstanceOf(Reject)
})

test('a bank that cannot be reached is unavailable', async () => {
  await expect(httpBank('http://127.0.0.1:1').authorize(payment, options)).rejects.toThrow(Unavailable)
})

test('a bank that disconnects in the middle of its response is unavailable', async () => {
  const url = await serving((_, response) => {
    response.writeHead(201, { 'content-length': '100' }).write('{"status":')
    setImmediate(() => response.destroy())
  })
  await expect(httpBank(url).authorize(payment, options)).rejects.toThrow(Unavailable)
})

test('a silent bank is unavailable as soon as the signal aborts', async () => {
  const impatient = new AbortController()
  const url = await serving(() => impatient.abort())
  await expect(httpBank(url).authorize(payment, { ...options, signal: impatient.signal })).rejects.toThrow(Unavailable)
})

test('a bank that never ends its response is unavailable after 64 KiB, and its connection is closed', async () => {
  let closed!: () => void
  const hungUp = new Promise<void>((resolve) => (closed = resolve))
  const url = await serving((_, response) => {
    response.writeHead(201).on('close', closed)
    const pour = () => {
      while (!response.destroyed && response.write('x'.repeat(10_000)));
    }
    response.on('drain', pour)
    pour()
  })
  const failure = await httpBank(url)
    .authorize(payment, options)
    .catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(Unavailable)
  expect(String((failure as Error).cause)).toContain('the answer has more than 65536 bytes')
  await hungUp
})

test('a bank that sends its response too slowly is unavailable as soon as the signal aborts', async () => {
  const impatient = new AbortController()
  const url = await serving((_, response) => {
    response.writeHead(201, { 'content-length': '100' }).write('{')
    setImmediate(() => impatient.abort())
  })
  await expect(httpBank(url).authorize(payment, { ...options, signal: impatient.signal })).rejects.toThrow(Unavailable)
})

test.each([
  [
    'an unknown status',
    '{"status":"perhaps"}',
    "the bank's answer to POST /authorizations: status has a value that is not allowed",
  ],
  ['no id', '{"status":"authorized"}', "the bank's answer to POST /authorizations: id is missing"],
  ['a page of HTML', '<html>', `the bank's answer to POST /authorizations is not JSON: "<html>"`],
])("a response that does not match the bank's protocol is an error with a sentence: %s", async (_, body, sentence) => {
  const bank = httpBank(await serving((_, response) => response.writeHead(201).end(body)))
  await expect(bank.authorize(payment, options)).rejects.toThrow(sentence)
})

test('a bank behind a path of a proxy is asked there', async () => {
  const url = await serving((request, response) =>
    response.writeHead(201).end(JSON.stringify({ status: 'authorized', id: request.url })),
  )
  for (const place of [`${url}/bank/v1`, `${url}/bank/v1/`])
    expect(await httpBank(place).authorize(payment, options)).toEqual({ approved: true, id: '/bank/v1/authorizations' })
})

test.each([
  ['ftp://shop:Tr0ub4dor3@bank', 'BANK_URL must be a URL such as http://bank:8080'],
  ['http://shop:Tr0ub4dor3@bank:none', 'BANK_URL must be a URL such as http://bank:8080'],
  ['http://shop:Tr0ub4dor3%@bank', 'BANK_URL has a % that encodes nothing: write %25'],
])('the invalid URL %s is refused at start, without its password', (url, sentence) => {
  expect(() => httpBank(url)).toThrow(new TypeError(sentence))
})

const answering = (status: number, body: object) =>
  serving((_, response) => response.writeHead(status).end(JSON.stringify(body)))

async function serving(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
