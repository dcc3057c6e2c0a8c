import { Unavailable, type Ask } from 'warren'
import { ada, bob, problem, signedIn, startServer, type TestServer } from '../testing/server.ts'

let asked: unknown[]
let ask: Ask
let server: TestServer

beforeAll(async () => {
  server = await startServer({ ask: (question, data, options) => ask(question, data, options) })
})
beforeEach(() => {
  asked = []
  ask = (_question, data) => {
    asked.push(data)
    return Promise.resolve({ points: 42 } as never)
  }
})
afterAll(() => server.close())

const points = async (customer = ada) => fetch(`${server.url}/api/points`, { headers: await signedIn(customer) })

test('customers get the points of their own token, and of no one else', async () => {
  const answer = await points()
  expect([answer.status, await answer.json()]).toEqual([200, { points: 42 }])
  await points(bob)
  expect(asked).toEqual([{ customerId: 'ada' }, { customerId: 'bob' }])
})

test('without a token nothing is asked', async () => {
  expect(await problem(fetch(`${server.url}/api/points`))).toMatchObject({ status: 401 })
  expect(asked).toEqual([])
})

test('while nothing answers, 503 names a time to come back', async () => {
  ask = () => Promise.reject(new Unavailable('points.read.v1', { cause: new Error('no reply within 2s') }))
  const answer = await points()
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5'])
})
