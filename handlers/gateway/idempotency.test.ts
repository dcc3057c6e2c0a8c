import { anOrder, problem, signedIn, startServer, type TestServer } from './testing/server.ts'

let server: TestServer

beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())

describe('Idempotency-Key', () => {
  test.each([
    ['missing', undefined],
    ['empty', ''],
    ['too long', 'k'.repeat(256)],
    ['not ASCII', 'cl\u00e9'],
    ['with a tab', 'a\tb'],
  ])('%s is refused with 400', async (_, key) => {
    const headers = {
      ...(await signedIn()),
      'content-type': 'application/json',
      ...(key !== undefined && { 'idempotency-key': key }),
    }
    const answer = fetch(`${server.url}/api/orders`, { method: 'POST', headers, body: JSON.stringify(anOrder) })
    expect(await problem(answer)).toMatchObject({
      status: 400,
      detail: expect.stringMatching(/^idempotency-key (is missing|must )/),
    })
  })

  test('two keys in one request are refused with 400, because it is unclear which one counts', async () => {
    const { authorization } = await signedIn()
    const body = JSON.stringify(anOrder)
    const answer = await server.raw(
      `POST /api/orders HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: ${authorization}\r\ncontent-type: application/json\r\n` +
        `content-length: ${body.length}\r\nidempotency-key: a\r\nIdempotency-Key: b\r\n\r\n${body}`,
    )
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
    expect(answer).toContain('idempotency-key must be sent only once (got 2)')
  })

  test('a key with a control character is refused by the parser with 400', async () => {
    expect(await server.raw('POST /api/orders HTTP/1.1\r\nhost: x\r\nidempotency-key: a\u0001b\r\n\r\n')).toMatch(
      /^HTTP\/1\.1 400 /,
    )
  })
})
