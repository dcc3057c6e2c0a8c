import { Unavailable } from '#runtime'
import { problem, signedIn, startServer } from './testing/server.ts'

async function asking(read: () => Promise<never>) {
  const server = await startServer({ read })
  const answer = await fetch(`${server.url}/api/orders`, { headers: await signedIn() })
  const body = await problem(answer)
  const { logged } = server
  await server.close()
  return { answer, body, logged }
}

test('when the database is down, the answer is 503 and says when to come back', async () => {
  const { answer, body } = await asking(() =>
    Promise.reject(new Unavailable('database', { cause: 'connection refused' })),
  )
  expect(answer.headers.get('retry-after')).toBe('5')
  expect(body).toMatchObject({ status: 503, detail: 'the shop cannot answer now: try again soon' })
})

test('a fault of the shop is 500, in the log, and tells the client nothing of its inside', async () => {
  const { body, logged } = await asking(() => Promise.reject(new Error('column "secret" does not exist')))
  expect(body.status).toBe(500)
  expect(JSON.stringify(body)).not.toContain('secret')
  expect(JSON.stringify(logged)).toContain('column \\"secret\\" does not exist')
})

test('a database that never answers is 503 in the end', async () => {
  const { body } = await asking(() => new Promise(() => {}))
  expect(body).toMatchObject({ status: 503, detail: 'the shop takes too long to answer: ask again' })
}, 15_000)
