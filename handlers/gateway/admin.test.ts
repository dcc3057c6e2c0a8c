import * as z from 'zod'
import { route } from './route.ts'
import { ada, problem, root, signedIn, startServer, type TestServer } from './testing/server.ts'

const greet = route({
  name: 'greet',
  method: 'post',
  path: '/api/admin/greet',
  summary: 'Greets',
  admin: true,
  body: z.strictObject({ name: z.string() }),
  answers: { 200: { description: 'Greeted.', schema: z.strictObject({ greeting: z.string() }) } },
  handle: ({ body, customer }) => ({ status: 200, body: { greeting: `${customer.id} greets ${body.name}` } }),
})

let on: TestServer
let off: TestServer

beforeAll(async () => {
  on = await startServer({}, { adminRoutes: true, routes: [greet] })
  off = await startServer({}, { routes: [greet] })
})
afterAll(() => Promise.all([on.close(), off.close()]))

const ask = (server: TestServer, headers: Record<string, string>, body = '{"name":"Ada"}') =>
  fetch(`${server.url}/api/admin/greet`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  })

test("an admin's token opens the admin routes", async () => {
  const answer = await ask(on, await signedIn(root))
  expect([answer.status, await answer.json()]).toEqual([200, { greeting: 'root greets Ada' }])
})

test("a customer's token is refused with 403, before the body is read", async () => {
  expect(await problem(ask(on, await signedIn(ada), 'no JSON'))).toMatchObject({
    status: 403,
    detail: "Authorization must contain an admin's token",
  })
})

test('a request without a token is refused with 401', async () => {
  expect(await problem(ask(on, {}))).toMatchObject({ status: 401 })
})

test('a body of more than 64 KiB is refused with 413', async () => {
  expect(await problem(ask(on, await signedIn(root), ' '.repeat(64 * 1024 + 1)))).toMatchObject({ status: 413 })
})

test('where the admin routes are off, their paths answer as if they did not exist, even to an admin', async () => {
  const missing = await problem(fetch(`${off.url}/api/admin/missing`, { method: 'POST' }))
  expect(await problem(ask(off, await signedIn(root)))).toEqual(missing)
  expect(missing.status).toBe(404)
})

test('the OpenAPI document names the admin routes only where they are on, with their 403', async () => {
  const documented = async ({ url }: TestServer) => {
    const { paths } = (await (await fetch(`${url}/openapi.json`)).json()) as { paths: Record<string, any> }
    return Object.keys(paths['/api/admin/greet']?.post.responses ?? {})
  }
  expect(await documented(on)).toContain('403')
  expect(await documented(off)).toEqual([])
})
