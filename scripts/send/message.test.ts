import { command, event } from 'warren'
import * as z from 'zod'
import { timer } from '#runtime/contract.ts'
import { contractsIn, messageOf } from './message.ts'

const lines = z.array(z.object({ sku: z.string(), quantity: z.int().min(1) }))
const contracts = contractsIn({
  PlaceOrder: command('order.place.v1', {
    orderId: z.uuid(),
    lines,
    note: z.record(z.string(), z.string()).optional(),
  }),
  OrderPlaced: event('order.placed.v1', { orderId: z.uuid() }),
  OrderLate: timer('order.late.v1', { orderId: z.uuid() }),
  fields: { orderId: z.uuid() },
  helper: () => 'no contract',
})
const orderId = '5f0c2f3e-54a1-4b8e-9a27-1d1a1f8a7c01'
const make = (type: string, data: unknown) =>
  messageOf(type, typeof data === 'string' ? data : JSON.stringify(data), contracts)

test('data that its contract accepts becomes a message', () => {
  const data = { orderId, lines: [{ sku: 'A', quantity: 1 }], note: { any: 'word' } }
  expect(make('order.place.v1', data)).toEqual({ contract: contracts.get('order.place.v1'), data })
})

test.each<[string, unknown, string]>([
  ['order.plce.v1', {}, 'there is no contract of type order.plce.v1: did you mean order.place.v1?'],
  [
    'invoice.send.v1',
    {},
    'handlers/contracts/index.ts has no contract of type invoice.send.v1: it has order.late.v1, order.place.v1, order.placed.v1',
  ],
  [
    'order.late.v1',
    { orderId },
    "order.late.v1 is a timer: a handler sets it for itself, and it never leaves that handler's database",
  ],
  ['order.placed.v1', { orderID: orderId }, 'order.placed.v1: orderID is not a known field: did you mean orderId?'],
  [
    'order.placed.v1',
    { orderId, colour: 'red' },
    'order.placed.v1: colour is not a known field: its fields are orderId',
  ],
  [
    'order.place.v1',
    { orderId, lines: [{ sku: 'A', quantiy: 1 }] },
    'order.place.v1: lines[0].quantiy is not a known field: did you mean quantity?',
  ],
  [
    'order.place.v1',
    { orderId, lines: [{ sku: 'A', quantity: 0 }] },
    'order.place.v1: lines[0].quantity must be at least 1',
  ],
  ['order.placed.v1', {}, 'order.placed.v1: orderId is missing'],
  ['order.placed.v1', [], 'order.placed.v1: the data must be an object'],
])('%s with %j is refused: %s', (type, data, sentence) => {
  expect(() => make(type, data)).toThrow(new Error(sentence))
})

test('text that is no JSON is refused with the way to write it', () => {
  expect(() => make('order.placed.v1', '{orderId: 5}')).toThrow(
    /^the data of order\.placed\.v1 is no JSON \(.*\): put it in single quotes, such as '\{"id":"5"\}'$/,
  )
})
