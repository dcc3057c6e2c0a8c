import { anOrder, post, problem, signedIn, startServer, type TestServer } from './testing/server.ts'

let server: TestServer

beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())

describe('requests that are too large are cut off at once', () => {
  test('a body of 64 KiB and one byte is refused with 413', async () => {
    const body = await problem(post(server.url, ' '.repeat(64 * 1024 + 1)))
    expect(body).toMatchObject({ status: 413, detail: 'the body must be at most 65536 bytes long' })
  })

  test('a body of 64 KiB is read to its end', async () => {
    const text = JSON.stringify(anOrder)
    const body = await problem(post(server.url, text.slice(0, -1) + ' '.repeat(64 * 1024 - text.length) + ']'))
    expect(body).toMatchObject({ status: 400, detail: 'the body must be valid JSON' })
  })

  test('an endless body is refused with 413 while it arrives, and the socket is closed', async () => {
    const { authorization } = await signedIn()
    const chunk = `4000\r\n${' '.repeat(0x4000)}\r\n`
    let timer: NodeJS.Timeout | undefined
    const answer = await server.raw(
      `POST /api/orders HTTP/1.1\r\nhost: x\r\nauthorization: ${authorization}\r\nidempotency-key: a\r\n` +
        'content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n',
      (write) => {
        timer = setInterval(() => write(chunk), 1)
      },
    )
    clearInterval(timer)
    expect(answer).toMatch(/^HTTP\/1\.1 413 /)
    expect(answer).toContain('connection: close')
  })

  test.each([
    ['an invalid content-length', 'content-length: 1x', ''],
    ['two content-lengths', 'content-length: 2\r\ncontent-length: 3', '{}'],
    ['content-length and transfer-encoding at once', 'content-length: 4\r\ntransfer-encoding: chunked', '0\r\n\r\n'],
    ['an unknown transfer-encoding', 'transfer-encoding: zip', '{}'],
  ])('%s is refused with 400, and the socket is closed', async (_, headers, body) => {
    const answer = await server.raw(`POST /api/orders HTTP/1.1\r\nhost: x\r\n${headers}\r\n\r\n${body}`)
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
    expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1)
  })

  test('headers of more than 16 KiB are refused with 431', async () => {
    expect(await server.raw(`GET /health HTTP/1.1\r\nhost: x\r\na: ${'a'.repeat(17_000)}\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 431 /,
    )
  })
})

describe('rate limits', () => {
  test('too many requests of one customer are refused with 429 and a retry-after header; other customers are served', async () => {
    const limited = await startServer({ read: () => Promise.resolve({ rows: [], rowCount: 0 }) }, { rateLimit: 3 })
    const statuses = []
    for (let request = 0; request < 5; request++) statuses.push((await fetch(`${limited.url}/api/products`)).status)
    expect(statuses).toEqual([200, 200, 200, 429, 429])
    const refused = await fetch(`${limited.url}/api/products`, { headers: { 'x-forwarded-for': '10.9.8.7' } })
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(await problem(refused)).toMatchObject({ status: 429 })
    await limited.close()
  })
})
