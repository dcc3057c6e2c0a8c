import { SignJWT } from 'jose'
import { issueToken } from './auth.ts'
import { ada, anOrder, post, secret, signedIn, startServer, type TestServer } from './testing/server.ts'

let server: TestServer

beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())

const problem = async (response: Response | Promise<Response>) => {
  const answer = await response
  expect(answer.headers.get('content-type')).toBe('application/problem+json')
  const body = (await answer.json()) as { status: number; title: string; detail: string }
  expect(body.status).toBe(answer.status)
  return body
}

describe('H1: what is too large ends at once', () => {
  test('a body of 64 KiB and one byte is refused with 413', async () => {
    const body = await problem(post(server.url, ' '.repeat(64 * 1024 + 1)))
    expect(body).toMatchObject({ status: 413, detail: 'the body may have 65536 bytes at most' })
  })

  test('a body of 64 KiB is read to its end', async () => {
    const text = JSON.stringify(anOrder)
    const body = await problem(post(server.url, text.slice(0, -1) + ' '.repeat(64 * 1024 - text.length) + ']'))
    expect(body).toMatchObject({ status: 400, detail: 'the body must be valid JSON' })
  })

  test('a body that never ends is refused with 413 while it comes, and the socket is closed', async () => {
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
    ['a wrong content-length', 'content-length: 1x', ''],
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

describe('H4: Idempotency-Key', () => {
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

  test('sent twice is refused with 400, for which of them counts?', async () => {
    const { authorization } = await signedIn()
    const body = JSON.stringify(anOrder)
    const answer = await server.raw(
      `POST /api/orders HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: ${authorization}\r\ncontent-type: application/json\r\n` +
        `content-length: ${body.length}\r\nidempotency-key: a\r\nIdempotency-Key: b\r\n\r\n${body}`,
    )
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
    expect(answer).toContain('idempotency-key must be sent once (got 2)')
  })

  test('with a control character is refused by the parser with 400', async () => {
    expect(await server.raw('POST /api/orders HTTP/1.1\r\nhost: x\r\nidempotency-key: a\u0001b\r\n\r\n')).toMatch(
      /^HTTP\/1\.1 400 /,
    )
  })
})

describe('H6: bodies that parsers disagree about', () => {
  test.each([
    ['a prototype', '{"__proto__":{"admin":true}}', 400],
    ['a key twice', '{"card":"tok_visa","card":"tok_other"}', 400],
    ['no JSON', '{', 400],
    ['a number', '7', 422],
    ['null', 'null', 422],
    ['a constructor', JSON.stringify({ ...anOrder, constructor: { prototype: {} } }), 422],
  ])('%s is refused', async (_, body, status) => {
    expect(await problem(post(server.url, body))).toMatchObject({ status })
    expect(({} as Record<string, unknown>).admin).toBeUndefined()
  })

  test('bytes that are not UTF-8 are refused with 400', async () => {
    expect(await problem(post(server.url, new Uint8Array([0x22, 0xff, 0x22])))).toMatchObject({
      status: 400,
      detail: 'the body must be UTF-8',
    })
  })

  test.each([
    'application/json; charset=utf-7',
    'application/json; charset=utf-16',
    'application/json; charset=utf-8; charset=utf-7',
    'text/plain',
    'application/x-www-form-urlencoded',
    '',
  ])('content-type "%s" is refused with 415', async (type) => {
    expect(await problem(post(server.url, anOrder, { 'content-type': type }))).toMatchObject({ status: 415 })
  })

  test('a compressed body is refused with 415: it could be of any size', async () => {
    expect(await problem(post(server.url, anOrder, { 'content-encoding': 'gzip' }))).toMatchObject({ status: 415 })
  })
})

describe('H7: paths and methods', () => {
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
    'an order id such as %s is 404 for a customer',
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
  ])('%s %s is 405 and says what is allowed', async (method, path, allow) => {
    const answer = await fetch(server.url + path, { method })
    expect(answer.headers.get('allow')).toBe(allow)
    expect(await problem(answer)).toMatchObject({ status: 405 })
  })

  test.each([
    ['HTTP/0.9', 'GET /health\r\n\r\n'],
    ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['an unknown method', 'BREW /health HTTP/1.1\r\nhost: x\r\n\r\n'],
    ['no host', 'GET /health HTTP/1.1\r\n\r\n'],
  ])('%s is refused with 400, and the socket is closed', async (_, bytes) => {
    expect(await server.raw(bytes)).toMatch(/^HTTP\/1\.1 400 /)
  })

  test('the log line of a request has the same size whatever its path is', async () => {
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

describe('H8: what an order may say', () => {
  test.each([
    [
      'a price',
      { ...anOrder, lines: [{ sku: 'BOOK-1', quantity: 1, price: 1 }] },
      'lines[0].price is not accepted here: leave it out',
    ],
    ['a total', { ...anOrder, total: 1 }, 'total is not accepted here: leave it out'],
    [
      'a huge quantity',
      { ...anOrder, lines: [{ sku: 'BOOK-1', quantity: 1e9 }] },
      'lines[0].quantity must be at most 1000',
    ],
    [
      'a negative quantity',
      { ...anOrder, lines: [{ sku: 'BOOK-1', quantity: -1 }] },
      'lines[0].quantity must be at least 1',
    ],
    [
      'half a book',
      { ...anOrder, lines: [{ sku: 'BOOK-1', quantity: 0.5 }] },
      'lines[0].quantity must be a whole number',
    ],
    [
      'a quantity as text',
      { ...anOrder, lines: [{ sku: 'BOOK-1', quantity: '1' }] },
      'lines[0].quantity must be a number',
    ],
    [
      'an unknown sku',
      { ...anOrder, lines: [{ sku: 'GOLD-1', quantity: 1 }] },
      'lines[0].sku must be one of BOOK-1, PEN-1,',
    ],
    ['no lines', { ...anOrder, lines: [] }, 'lines must have at least 1 entry'],
    [
      'a sku on two lines',
      { ...anOrder, lines: [...anOrder.lines, ...anOrder.lines] },
      'lines[1].sku repeats BOOK-1: put it on one line',
    ],
    ['a card number', { ...anOrder, card: '4242424242424242' }, 'card must match /^tok_'],
    ['no card', { ...anOrder, card: undefined }, 'card is missing'],
    [
      'a control character',
      { ...anOrder, shipTo: { ...anOrder.shipTo, city: 'Lon\u0000don' } },
      'shipTo.city must match',
    ],
    ['a list', [anOrder], 'the body must be an object'],
    ['a strange key', { ...anOrder, '<script>': 1 }, '["<script>"] is not accepted here'],
  ])('%s is refused with 422 and a sentence that names the field', async (_, body, sentence) => {
    const answer = await problem(post(server.url, body))
    expect(answer.status).toBe(422)
    expect(answer.detail).toContain(sentence)
  })

  test('a key of 60,000 characters is not repeated in the answer', async () => {
    const { detail } = await problem(post(server.url, { ...anOrder, ['k'.repeat(60_000)]: 1 }))
    expect(detail.length).toBeLessThan(200)
  })
})

describe('H10: tokens', () => {
  const key = new TextEncoder().encode(secret)
  const token = (
    change: (jwt: SignJWT) => SignJWT,
    { claims = { email: 'ada@example.com' } as Record<string, string>, by = key, alg = 'HS256' } = {},
  ) => {
    const jwt = new SignJWT(claims)
      .setProtectedHeader({ alg })
      .setSubject('ada')
      .setAudience('shop')
      .setExpirationTime('1h')
    return change(jwt).sign(by)
  }
  const read = (authorization?: string, query = '') =>
    fetch(`${server.url}/api/orders${query}`, { headers: authorization === undefined ? {} : { authorization } })
  const unsigned = (payload: object) =>
    `${[{ alg: 'none' }, payload].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')}.`

  test.each<[string, () => Promise<string> | string | undefined]>([
    ['no token', () => undefined],
    ['another scheme', () => 'Basic YWRhOmFkYQ=='],
    ['no JWT', () => 'Bearer abc'],
    ['an expired token', async () => `Bearer ${await token((jwt) => jwt.setExpirationTime(1))}`],
    [
      'a token without an end',
      async () =>
        `Bearer ${await new SignJWT({ email: 'a@b.de' }).setProtectedHeader({ alg: 'HS256' }).setSubject('ada').setAudience('shop').sign(key)}`,
    ],
    ['a token of another audience', async () => `Bearer ${await token((jwt) => jwt.setAudience('bank'))}`],
    [
      'a token signed with another secret',
      async () =>
        `Bearer ${await token((jwt) => jwt, { by: new TextEncoder().encode('another secret of thirty-two bytes') })}`,
    ],
    ['another algorithm', async () => `Bearer ${await token((jwt) => jwt, { by: new Uint8Array(64), alg: 'HS512' })}`],
    ['alg=none', () => `Bearer ${unsigned({ sub: 'ada', aud: 'shop', email: 'ada@example.com', exp: 9_999_999_999 })}`],
    ['a token without an email', async () => `Bearer ${await token((jwt) => jwt, { claims: {} })}`],
    ['a customer id that is none', async () => `Bearer ${await token((jwt) => jwt.setSubject('a/b'))}`],
  ])('%s is refused with 401', async (_, authorization) => {
    const answer = await read(await authorization())
    expect(answer.headers.get('www-authenticate')).toBe('Bearer')
    expect(await problem(answer)).toMatchObject({ status: 401, detail: expect.stringMatching(/^Authorization /) })
  })

  test('a token that was good is refused after its end', async () => {
    const brief = await startServer({ read: () => Promise.resolve({ rows: [], rowCount: 0 }) })
    const authorization = `Bearer ${await issueToken(secret, ada, new Date(Date.now() + 1_500))}`
    const read = () => fetch(`${brief.url}/api/orders`, { headers: { authorization } })
    expect((await read()).status).toBe(200)
    while ((await read()).status === 200) await new Promise((resolve) => setTimeout(resolve, 50))
    expect(await problem(read())).toMatchObject({ status: 401, detail: 'Authorization has a token that has expired' })
    await brief.close()
  })

  test('a token in the query is not accepted, and no token is ever logged', async () => {
    const good = await issueToken(secret, ada)
    server.logged.length = 0
    for (const name of ['access_token', 'token', 'authorization']) {
      expect((await read(undefined, `?${name}=${good}`)).status).toBe(401)
    }
    await read(`Bearer ${good}x`)
    while (server.logged.length < 4) await new Promise((resolve) => setImmediate(resolve))
    expect(JSON.stringify(server.logged)).not.toContain(good)
  })

  test('who is not signed in is refused before the body is read', async () => {
    const answer = await server.raw(
      'POST /api/orders HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 1000\r\n\r\n',
    )
    expect(answer).toMatch(/^HTTP\/1\.1 401 /)
  })
})

describe('H12: nothing that a client sends comes back in a header', () => {
  test('a correlation id is taken', async () => {
    const answer = await fetch(`${server.url}/api/products`, { headers: { 'x-correlation-id': 'my-id.7_A' } })
    expect(answer.headers.get('x-correlation-id')).toBe('my-id.7_A')
  })

  test.each([
    ['too long', 'a'.repeat(65)],
    ['with other characters', 'a b'],
    ['markup', '<b>'],
  ])('a strange correlation id (%s) is replaced by a new one', async (_, id) => {
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

  test('every answer has the security headers and none names the software', async () => {
    for (const path of ['/api/products', '/nothing', '/api/orders']) {
      const { headers } = await fetch(server.url + path)
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('content-security-policy')).toBe("default-src 'none'; frame-ancestors 'none'")
      expect(headers.get('cache-control')).toBe('no-store')
      expect(headers.get('x-powered-by')).toBeNull()
    }
  })
})

describe('H3: too many requests', () => {
  test('of one customer are refused with 429 and say when to come back; others are served', async () => {
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
