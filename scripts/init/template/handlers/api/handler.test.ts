import { GreetingWritten, WriteGreeting } from '#contracts'
import type { Message, World } from 'warren'
import { closeServer, deliver, serveHttp } from 'warren/testing'
import { answers } from './handler.ts'
import { routes } from './routes.ts'

test('a request is answered with 202, and its command is sent', async () => {
  const sent: unknown[] = []
  const submit: World['submit'] = async (work) => {
    const { value, messages } = await work({ query: async () => ({ rows: [], rowCount: 1 }) })
    sent.push(...(messages as Message[]).map(({ contract, data }) => [contract.type, data]))
    return { value, confirmed: true }
  }
  const read: World['read'] = async () => ({ rows: [], rowCount: 0 })
  const server = await serveHttp(routes({ read, submit }), 0, '127.0.0.1')
  const { port } = server.address() as { port: number }
  try {
    const response = await fetch(`http://127.0.0.1:${port}/greetings`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"name":"Ada"}',
    })
    expect(response.status).toBe(202)
    const { id } = (await response.json()) as { id: string }
    expect(sent).toEqual([[WriteGreeting({ id, name: 'Ada' }).contract.type, { id, name: 'Ada' }]])
  } finally {
    await closeServer(server)
  }
})

test('an answer is kept', async () => {
  const id = '5f0c2f3e-54a1-4b8e-9a27-1d1a1f8a7c01'
  const statements: unknown[] = []
  const db = {
    async query(text: string, values: unknown[] = []) {
      statements.push([text, ...values])
      return { rows: [], rowCount: 1 }
    },
  }
  await deliver(answers(), GreetingWritten({ id, text: 'Hello, Ada!' }), { db })
  expect(statements).toContainEqual(['update greetings set text = $2 where id = $1', id, 'Hello, Ada!'])
})
