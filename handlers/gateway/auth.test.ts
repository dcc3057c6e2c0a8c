import { SignJWT } from 'jose'
import { issueToken } from '#contracts'
import { ada, problem, secret, startServer, type TestServer } from './testing/server.ts'

let server: TestServer

beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())

describe('authentication', () => {
  const key = new TextEncoder().encode(secret)
  interface Signing {
    claims?: Record<string, string>
    by?: Uint8Array
    alg?: string
  }
  const token = (
    change: (jwt: SignJWT) => SignJWT,
    { claims = { email: 'ada@example.com' }, by = key, alg = 'HS256' }: Signing = {},
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
    ['a token that is not a JWT', () => 'Bearer abc'],
    ['an expired token', async () => `Bearer ${await token((jwt) => jwt.setExpirationTime(1))}`],
    [
      'a token without an expiry',
      async () =>
        `Bearer ${await new SignJWT({ email: 'a@b.de' }).setProtectedHeader({ alg: 'HS256' }).setSubject('ada').setAudience('shop').sign(key)}`,
    ],
    ['a token of another audience', async () => `Bearer ${await token((jwt) => jwt.setAudience('bank'))}`],
    [
      'a token signed with another secret',
      async () =>
        `Bearer ${await token((jwt) => jwt, { by: new TextEncoder().encode('another secret of thirty-two bytes') })}`,
    ],
    ['another algorithm', async () => `Bearer ${await token((jwt) => jwt, { alg: 'HS512' })}`],
    ['alg=none', () => `Bearer ${unsigned({ sub: 'ada', aud: 'shop', email: 'ada@example.com', exp: 9_999_999_999 })}`],
    ['a token without an email', async () => `Bearer ${await token((jwt) => jwt, { claims: {} })}`],
    [
      'an unknown tier',
      async () => `Bearer ${await token((jwt) => jwt, { claims: { email: 'a@b.de', tier: 'god' } })}`,
    ],
    ['an invalid customer id', async () => `Bearer ${await token((jwt) => jwt.setSubject('a/b'))}`],
  ])('%s is refused with 401', async (_, authorization) => {
    const answer = await read(await authorization())
    expect(answer.headers.get('www-authenticate')).toBe('Bearer')
    expect(await problem(answer)).toMatchObject({ status: 401, detail: expect.stringMatching(/^Authorization /) })
  })

  test('a token that was valid is refused after its expiry', async () => {
    const brief = await startServer({ read: () => Promise.resolve({ rows: [], rowCount: 0 }) })
    const authorization = `Bearer ${await issueToken(secret, ada, new Date(Date.now() + 1_500))}`
    const read = () => fetch(`${brief.url}/api/orders`, { headers: { authorization } })
    expect((await read()).status).toBe(200)
    while ((await read()).status === 200) await new Promise((resolve) => setTimeout(resolve, 50))
    expect(await problem(read())).toMatchObject({ status: 401, detail: 'Authorization contains an expired token' })
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

  test('a request without a valid token is refused before its body is read', async () => {
    const answer = await server.raw(
      'POST /api/orders HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 1000\r\n\r\n',
    )
    expect(answer).toMatch(/^HTTP\/1\.1 401 /)
  })
})
