import { ada, problem, root, signedIn, startServer, type TestServer } from './testing/server.ts'

const notice = { text: 'back at noon', until: null, closed: false }
const submit = () => Promise.resolve({ value: undefined as never, confirmed: true })
let on: TestServer
let off: TestServer

beforeAll(async () => {
  on = await startServer({ submit }, { adminRoutes: true })
  off = await startServer({ submit })
})
afterAll(() => Promise.all([on.close(), off.close()]))

const announce = (server: TestServer, headers: Record<string, string>, body = JSON.stringify(notice)) =>
  fetch(`${server.url}/api/admin/broadcast`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  })

test("an admin's token opens the admin routes", async () => {
  const answer = await announce(on, await signedIn(root))
  expect([answer.status, await answer.json()]).toEqual([202, notice])
})

test("a customer's token is refused with 403, before the body is read", async () => {
  expect(await problem(announce(on, await signedIn(ada), 'no JSON'))).toMatchObject({
    status: 403,
    detail: "Authorization must contain an admin's token",
  })
})

test('a request without a token is refused with 401', async () => {
  expect(await problem(announce(on, {}))).toMatchObject({ status: 401 })
})

test('a body of more than 64 KiB is refused with 413', async () => {
  expect(await problem(announce(on, await signedIn(root), ' '.repeat(64 * 1024 + 1)))).toMatchObject({ status: 413 })
})

test('where the admin routes are off, their paths answer as if they did not exist, even to an admin', async () => {
  const missing = await problem(fetch(`${off.url}/api/admin/missing`, { method: 'POST' }))
  expect(await problem(announce(off, await signedIn(root)))).toEqual(missing)
  expect(missing.status).toBe(404)
})

test('the OpenAPI document names the admin routes only where they are on, with their 403', async () => {
  const documented = async ({ url }: TestServer) => {
    const { paths } = (await (await fetch(`${url}/openapi.json`)).json()) as { paths: Record<string, any> }
    return Object.keys(paths['/api/admin/broadcast']?.post.responses ?? {})
  }
  expect(await documented(on)).toContain('403')
  expect(await documented(off)).toEqual([])
})
