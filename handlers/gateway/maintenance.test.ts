import { Maintenance } from './maintenance.ts'
import { problem, root, signedIn, startServer } from './testing/server.ts'

const notice = { text: 'back at noon', until: new Date(Date.now() + 60_000).toISOString(), closed: false }
const maintenance = new Maintenance()
const read = () => Promise.resolve({ rows: [], rowCount: 0 })
const submit = () => Promise.resolve({ value: undefined as never, confirmed: true })
const server = startServer({ read, submit }, { adminRoutes: true, maintenance })
afterAll(async () => (await server).close())

const get = async (path: string) => fetch(`${(await server).url}${path}`)

test('a notice is in the headers of every answer until its end', async () => {
  maintenance.hear(notice)
  const { headers, status } = await get('/api/products')
  expect([status, headers.get('x-maintenance'), headers.get('x-maintenance-until')]).toEqual([
    200,
    'back at noon',
    notice.until,
  ])
  maintenance.hear({ ...notice, until: new Date(Date.now() - 1).toISOString() })
  expect((await get('/api/products')).headers.has('x-maintenance')).toBe(false)
})

test('a notice that closes the shop is answered with 503 and Retry-After, except to admins and to health checks', async () => {
  maintenance.hear({ ...notice, closed: true })
  const closed = await get('/api/products')
  expect(Number(closed.headers.get('retry-after'))).toBeGreaterThan(50)
  expect(await problem(closed)).toMatchObject({ status: 503, detail: 'the shop is closed: back at noon' })
  expect((await get('/health')).status).toBe(200)

  const ended = { text: 'open', until: null, closed: false }
  const answer = await fetch(`${(await server).url}/api/admin/broadcast`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(await signedIn(root)) },
    body: JSON.stringify(ended),
  })
  expect(answer.status).toBe(202)
  maintenance.hear(ended)
  expect((await get('/api/products')).status).toBe(200)
})
