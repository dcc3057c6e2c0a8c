import { startServer, type TestServer } from './testing/server.ts'

let server: TestServer

beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())

describe('client input is not reflected in headers', () => {
  test('a valid correlation id is adopted', async () => {
    const answer = await fetch(`${server.url}/api/products`, { headers: { 'x-correlation-id': 'my-id.7_A' } })
    expect(answer.headers.get('x-correlation-id')).toBe('my-id.7_A')
  })

  test.each([
    ['too long', 'a'.repeat(65)],
    ['with other characters', 'a b'],
    ['markup', '<b>'],
  ])('an invalid correlation id (%s) is replaced by a new one', async (_, id) => {
    const answer = await fetch(`${server.url}/api/products`, { headers: { 'x-correlation-id': id } })
    expect(answer.headers.get('x-correlation-id')).toMatch(/^[0-9a-f-]{36}$/)
  })

  test('host and forwarded headers change nothing', async () => {
    const spoof = {
      'x-forwarded-for': '10.9.8.7',
      'x-forwarded-host': 'evil.example',
      forwarded: 'for=10.9.8.7',
      origin: 'https://evil.example',
    }
    const answer = await fetch(`${server.url}/api/products`, { headers: spoof })
    expect(answer.status).toBe(200)
    expect(JSON.stringify([...answer.headers])).not.toMatch(/evil|10\.9\.8\.7|access-control/)
  })

  test('every response has the security headers and none names the server software', async () => {
    for (const path of ['/api/products', '/nothing', '/api/orders']) {
      const { headers } = await fetch(server.url + path)
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('content-security-policy')).toBe("default-src 'none'; frame-ancestors 'none'")
      expect(headers.get('cache-control')).toBe('no-store')
      expect(headers.get('x-powered-by')).toBeNull()
    }
  })
})
