import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ask, emptyQueries, number } from './prometheus.ts'

/** The response to each query; a string is an error. */
const answers: Record<string, [labels: object, value: string][] | string> = {
  none: [],
  'not a number': [[{}, 'NaN']],
  one: [[{ queue: 'orders' }, '3.5']],
  two: [
    [{ queue: 'orders' }, 'NaN'],
    [{ queue: 'payments' }, '1'],
  ],
  nonsense: 'parse error: unexpected identifier',
}

let server: Server
let url: string

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => (body += String(chunk)))
    request.on('end', () => {
      const answer = request.url === '/api/v1/query' ? answers[new URLSearchParams(body).get('query') ?? ''] : undefined
      if (!Array.isArray(answer)) return response.writeHead(400).end(JSON.stringify({ status: 'error', error: answer }))
      const result = answer.map(([metric, value]) => ({ metric, value: [1_700_000_000, value] }))
      response.end(JSON.stringify({ status: 'success', data: { resultType: 'vector', result } }))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

afterAll(() => server.close())

test('series have their labels and values', async () => {
  expect(await ask(url, 'one')).toEqual([{ labels: { queue: 'orders' }, value: 3.5 }])
})

test('a query for a number returns one value, or fails with an error that names the query', async () => {
  expect(await number(url, 'one')).toBe(3.5)
  await expect(number(url, 'two')).rejects.toThrow('two has 2 answers, not one')
  await expect(number(url, 'none')).rejects.toThrow('none has 0 answers, not one')
})

test('queries without a result are reported as empty', async () => {
  const queries = ['none', 'not a number', 'one', 'two'].map((expr) => ({ where: `a panel with ${expr}`, expr }))
  expect(await emptyQueries(url, queries)).toEqual(queries.slice(0, 2))
})

test('an invalid query fails with the message of Prometheus', async () => {
  await expect(emptyQueries(url, [{ where: 'a panel', expr: 'nonsense' }])).rejects.toThrow(
    'does not answer nonsense: parse error: unexpected identifier',
  )
})
