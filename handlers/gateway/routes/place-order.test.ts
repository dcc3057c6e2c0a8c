import { orderIdOf, PlaceOrder } from '#contracts'
import fc from 'fast-check'
import * as z from 'zod'
import { currency, price } from '../catalogue.ts'
import { valid, type JsonSchema } from '../testing/from-schema.ts'
import { OrderRequest } from './place-order.ts'
import { anOrder, post, problem, startServer, type TestServer } from '../testing/server.ts'

let server: TestServer

beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())

describe('validation of an order', () => {
  test.each([
    [
      'a price',
      { ...anOrder, lines: [{ sku: 'BOOK-1', quantity: 1, price: 1 }] },
      'lines[0].price is not a known field: remove it',
    ],
    ['a total', { ...anOrder, total: 1 }, 'total is not a known field: remove it'],
    [
      'a huge quantity',
      { ...anOrder, lines: [{ sku: 'BOOK-1', quantity: 1e9 }] },
      'lines[0].quantity must be at most 1000',
    ],
    [
      'a quantity beyond the numbers that JavaScript counts exactly',
      { ...anOrder, lines: [{ sku: 'BOOK-1', quantity: 9007199254740993 }] },
      'lines[0].quantity must be at most 1000',
    ],
    [
      'a negative quantity',
      { ...anOrder, lines: [{ sku: 'BOOK-1', quantity: -1 }] },
      'lines[0].quantity must be at least 1',
    ],
    [
      'a fractional quantity',
      { ...anOrder, lines: [{ sku: 'BOOK-1', quantity: 0.5 }] },
      'lines[0].quantity must be a whole number',
    ],
    [
      'a quantity as a string',
      { ...anOrder, lines: [{ sku: 'BOOK-1', quantity: '1' }] },
      'lines[0].quantity must be a number',
    ],
    [
      'an unknown sku',
      { ...anOrder, lines: [{ sku: 'GOLD-1', quantity: 1 }] },
      'lines[0].sku must be one of BOOK-1, PEN-1,',
    ],
    ['no lines', { ...anOrder, lines: [] }, 'lines must have at least 1 entry'],
    ['a card number', { ...anOrder, card: '4242424242424242' }, 'card must be a token such as tok_visa'],
    ['no card', { ...anOrder, card: undefined }, 'card is missing'],
    [
      'a control character',
      { ...anOrder, shipTo: { ...anOrder.shipTo, city: 'Lon\u0000don' } },
      'shipTo.city must not contain control characters',
    ],
    ['an array', [anOrder], 'the body must be an object'],
    ['an unknown key', { ...anOrder, '<script>': 1 }, '["<script>"] is not a known field'],
  ])('%s is refused with 422 and a sentence that names the field', async (_, body, sentence) => {
    const answer = await problem(post(server.url, body))
    expect(answer.status).toBe(422)
    expect(answer.detail).toContain(sentence)
  })

  test('an unknown key of 60,000 characters is not repeated in the response', async () => {
    const { detail } = await problem(post(server.url, { ...anOrder, ['k'.repeat(60_000)]: 1 }))
    expect(detail.length).toBeLessThan(200)
  })
})

test('every accepted order is a valid command of the contract', () => {
  const customer = { customerId: fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/), email: fc.constant('ada@example.com') }
  fc.assert(
    fc.property(valid(z.toJSONSchema(OrderRequest) as JsonSchema), fc.record(customer), (body, who) => {
      const { lines, card, shipTo } = OrderRequest.parse(body)
      const orderId = orderIdOf(who.customerId, 'a key')
      expect(PlaceOrder({ orderId, ...who, currency, ...price(lines), card, shipTo }).data).toMatchObject(
        body as object,
      )
    }),
  )
})
