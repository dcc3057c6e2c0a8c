import { anOrder, post, problem, startServer, type TestServer } from './testing/server.ts'

let server: TestServer

beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())

describe('bodies that parsers read differently', () => {
  test.each([
    ['a prototype key', '{"__proto__":{"admin":true}}', 400],
    ['a duplicate key', '{"card":"tok_visa","card":"tok_other"}', 400],
    ['invalid JSON', '{', 400],
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

  test('a compressed body is refused with 415, because its size is unbounded', async () => {
    expect(await problem(post(server.url, anOrder, { 'content-encoding': 'gzip' }))).toMatchObject({ status: 415 })
  })
})
