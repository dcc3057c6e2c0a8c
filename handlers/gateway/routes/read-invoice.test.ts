import { Unavailable, type Ask } from 'warren'
import { ada, bob, problem, signedIn, startServer, type TestServer } from '../testing/server.ts'

const orderId = '5f0c54b1-8c67-4c6a-9d2e-3c0f9d5d7c10'
const pdf = Buffer.from('%PDF-1.3 and \xff\x00 bytes', 'latin1')

let asked: unknown[]
let ask: Ask
let server: TestServer

const row = {
  ...{ id: orderId, customer_id: 'ada', status: 'confirmed', total: '6980', currency: 'EUR', timeline: [] },
  ...{
    reason: null,
    tracking_id: null,
    correlation_id: 'c',
    created_at: new Date(),
    command: { lines: [], shipTo: {} },
  },
}

beforeAll(async () => {
  server = await startServer({
    ask: (question, data, options) => ask(question, data, options),
    read: async (_text, values = []) => {
      const rows = values[0] === orderId ? [row] : []
      return { rows: rows as never[], rowCount: rows.length }
    },
  })
})
beforeEach(() => (asked = []))
afterAll(() => server.close())

const replies = (invoice: object | null) => {
  ask = (_question, data) => {
    asked.push(data)
    return Promise.resolve({ invoice } as never)
  }
}
const invoice = async (customer = ada, id = orderId) =>
  fetch(`${server.url}/api/orders/${id}/invoice`, { headers: await signedIn(customer) })

test('the owner of an order gets its invoice as a PDF, byte for byte', async () => {
  replies({ number: '2030-000042', pdf: pdf.toString('base64') })
  const answer = await invoice()
  expect(answer.status).toBe(200)
  expect(answer.headers.get('content-type')).toBe('application/pdf')
  expect(answer.headers.get('content-disposition')).toBe('inline; filename="invoice-2030-000042.pdf"')
  expect(Buffer.from(await answer.arrayBuffer()).equals(pdf)).toBe(true)
  expect(asked).toEqual([{ orderId, customerId: 'ada' }])
})

test('an order of another customer, or an unknown one, is a 404 before anything is asked', async () => {
  replies({ number: '2030-000042', pdf: '' })
  expect((await problem(invoice(bob))).detail).toBe('orderId must be the id of one of your orders')
  expect((await problem(invoice(ada, '00000000-0000-4000-8000-000000000000'))).status).toBe(404)
  expect(asked).toEqual([])
})

test('an order without an invoice is a 404 that says so', async () => {
  replies(null)
  expect(await problem(invoice())).toMatchObject({ status: 404, detail: expect.stringContaining('has its invoice') })
})

test('while nothing answers, 503 names a time to come back', async () => {
  ask = () => Promise.reject(new Unavailable('invoice.read.v1', { cause: new Error('no reply within 3s') }))
  const answer = await invoice()
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5'])
})

test('the OpenAPI document names its type', async () => {
  const document = (await (await fetch(`${server.url}/openapi.json`)).json()) as any
  const answers = document.paths['/api/orders/{orderId}/invoice'].get.responses
  expect(Object.keys(answers['200'].content)).toEqual(['application/pdf'])
})
