import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ask, emptyQueries, number } from './prometheus.ts'

/** Answers each question as this says; a text is an error. */
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

test('series come with their labels and values', async () => {
  expect(await ask(url, 'one')).toEqual([{ labels: { queue: 'orders' }, value: 3.5 }])
})

test('a number is the only answer, or an error that names the question', async () => {
  expect(await number(url, 'one')).toBe(3.5)
  await expect(number(url, 'two')).rejects.toThrow('two has 2 answers, not one')
  await expect(number(url, 'none')).rejects.toThrow('none has 0 answers, not one')
})

test('empty is what no number answers', async () => {
  const queries = ['none', 'not a number', 'one', 'two'].map((expr) => ({ where: `a panel with ${expr}`, expr }))
  expect(await emptyQueries(url, queries)).toEqual(queries.slice(0, 2))
})

test('what Prometheus does not understand is an error with its own words', async () => {
  await expect(emptyQueries(url, [{ where: 'a panel', expr: 'nonsense' }])).rejects.toThrow(
    'does not answer nonsense: parse error: unexpected identifier',
  )
})
