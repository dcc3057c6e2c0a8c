import { Unavailable, type Ask } from 'warren'
import { ada, problem, root, signedIn, startServer, type TestServer } from '../testing/server.ts'

const [order, cause] = ['5f0c54b1-8c67-4c6a-9d2e-3c0f9d5d7c10', '0b7c7f0e-7f0a-4a53-8a6b-0d5f6a1f2c3d']
const message = (id: string, causationId: string | null, key: string, second: number) => ({
  ...{ id, causationId, key, type: key, producer: 'gateway', correlationId: 'the operation' },
  at: `2030-01-01T12:00:0${second}.000Z`,
})
const messages = [message(cause, null, 'order.place.v1', 0), message(order, cause, 'order.created.v1', 1)]

let asked: unknown[]
let ask: Ask
let server: TestServer

beforeAll(async () => {
  server = await startServer({ ask: (question, data, options) => ask(question, data, options) }, { adminRoutes: true })
})
beforeEach(() => (asked = []))
afterAll(() => server.close())

const replies = (reply: object) => {
  ask = (_question, data) => {
    asked.push(data)
    return Promise.resolve(reply as never)
  }
}
const trail = async (id: string, customer = root) =>
  fetch(`${server.url}/api/admin/trail/${id}`, { headers: await signedIn(customer) })

test('an operation is a tree: each message with its time, below the one that led to it', async () => {
  replies({ messages, complete: true })
  const answer = await trail(order)
  const branch = (index: number, ledTo: object[]) => {
    const { id, type, key, producer, at } = messages[index]!
    return { id, type, key, producer, at, ledTo }
  }
  expect([answer.status, await answer.json()]).toEqual([
    200,
    {
      operations: [
        { correlationId: 'the operation', began: messages[0]!.at, messages: 2, first: [branch(0, [branch(1, [])])] },
      ],
      complete: true,
    },
  ])
  expect(asked).toEqual([{ id: order }])
})

test('an id that the journal does not have is answered with 404', async () => {
  replies({ messages: [], complete: true })
  expect(await problem(trail('unknown'))).toMatchObject({
    status: 404,
    detail: expect.stringMatching(/^id must be of/),
  })
})

test('while the journal does not answer, 503 names a time to come back', async () => {
  ask = () => Promise.reject(new Unavailable('trail.read.v1', { cause: new Error('no reply within 3s') }))
  const answer = await trail(order)
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5'])
})

test('a customer is refused with 403, and an id that no message has with 404, before the journal is asked', async () => {
  replies({ messages, complete: true })
  expect((await trail(order, ada)).status).toBe(403)
  expect((await trail('a%00b')).status).toBe(404)
  expect((await trail('x'.repeat(256))).status).toBe(404)
  expect(asked).toEqual([])
})

test('the OpenAPI document describes the tree once, and leads to it from where it is used', async () => {
  const document = (await (await fetch(`${server.url}/openapi.json`)).json()) as any
  const { schema } = document.paths['/api/admin/trail/{id}'].get.responses['200'].content['application/json']
  const place = '#/components/schemas/MessageOfTrail'
  expect(schema.properties.operations.items.properties.first.items).toEqual({ $ref: place })
  expect(document.components.schemas.MessageOfTrail.properties.ledTo.items).toEqual({ $ref: place })
  expect(JSON.stringify(document)).not.toContain('$defs')
})
