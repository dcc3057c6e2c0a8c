import { problem, signedIn, startServer, type TestServer } from './testing/server.ts'

let server: TestServer

beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())

describe('paths and methods', () => {
  test.each([
    ['/nothing', 404],
    ['/api/orders/', 404],
    ['/API/orders', 404],
    ['/api/orders/../../etc/passwd', 404],
    ['/%2e%2e/%2e%2e/etc/passwd', 404],
    ['/api/orders/%00', 401],
    ['/api/orders/%zz', 400],
    [`/${'a'.repeat(10_000)}`, 404],
  ])('%.40s is answered with %i', async (path, status) => {
    const answer = await server.raw(`GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`)
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
    expect(answer).toContain('application/problem+json')
  })

  test.each(['%00', 'x', '1e9', '..%2f..', "' or 1=1 --"])(
    'an order id such as %s is a 404 for a signed-in customer',
    async (id) => {
      expect(await problem(fetch(`${server.url}/api/orders/${id}`, { headers: await signedIn() }))).toMatchObject({
        status: 404,
      })
    },
  )

  test.each([
    ['DELETE', '/api/orders', 'POST, GET, HEAD'],
    ['PUT', '/api/orders/1b4e28ba-2fa1-5d2f-8832-000000000000', 'GET, HEAD'],
    ['GET', '/api/orders/1b4e28ba-2fa1-5d2f-8832-000000000000/cancel', 'POST'],
    ['POST', '/health', 'GET, HEAD'],
    ['OPTIONS', '/openapi.json', 'GET, HEAD'],
  ])('%s %s is a 405 that lists the allowed methods', async (method, path, allow) => {
    const answer = await fetch(server.url + path, { method })
    expect(answer.headers.get('allow')).toBe(allow)
    expect(await problem(answer)).toMatchObject({ status: 405 })
  })

  test.each([
    ['HTTP/0.9', 'GET /health\r\n\r\n'],
    ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['an unknown method', 'BREW /health HTTP/1.1\r\nhost: x\r\n\r\n'],
    ['a missing host header', 'GET /health HTTP/1.1\r\n\r\n'],
  ])('%s is refused with 400, and the socket is closed', async (_, bytes) => {
    expect(await server.raw(bytes)).toMatch(/^HTTP\/1\.1 400 /)
  })

  test('the log line of a request has the same size for every path', async () => {
    const sizes = new Set<number>()
    for (const path of ['/x', `/${'a'.repeat(10_000)}`]) {
      server.logged.length = 0
      await fetch(server.url + path)
      while (server.logged.length === 0) await new Promise((resolve) => setImmediate(resolve))
      expect(server.logged).toMatchObject([{ method: 'GET', route: 'unknown', status: 404 }])
      const { ms: _ms, ...line } = server.logged[0] as { ms: number }
      sizes.add(JSON.stringify(line).length)
    }
    expect(sizes.size).toBe(1)
  })
})
