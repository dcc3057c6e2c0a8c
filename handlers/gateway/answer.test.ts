import { Unavailable } from 'warren'
import { problem, signedIn, startServer } from './testing/server.ts'

async function asking(read: () => Promise<never>) {
  const server = await startServer({ read })
  const answer = await fetch(`${server.url}/api/orders`, { headers: await signedIn() })
  const body = await problem(answer)
  const { logged } = server
  await server.close()
  return { answer, body, logged }
}

test('when the database is down, the response is 503 with a retry-after header', async () => {
  const { answer, body } = await asking(() =>
    Promise.reject(new Unavailable('database', { cause: 'connection refused' })),
  )
  expect(answer.headers.get('retry-after')).toBe('5')
  expect(body).toMatchObject({ status: 503, detail: 'the shop is temporarily unavailable: please try again soon' })
})

test('an internal error is a 500 that is logged and reveals no internals to the client', async () => {
  const { body, logged } = await asking(() => Promise.reject(new Error('column "secret" does not exist')))
  expect(body.status).toBe(500)
  expect(JSON.stringify(body)).not.toContain('secret')
  expect(JSON.stringify(logged)).toContain('column \\"secret\\" does not exist')
})

test('a database that never answers leads to a 503', async () => {
  const { body } = await asking(() => new Promise(() => {}))
  expect(body).toMatchObject({ status: 503, detail: 'the shop did not respond in time: please try again' })
}, 15_000)
