import * as z from 'zod'
import { command, event, timer, type DataOf, type MessageOf } from './contract.ts'

const fields = { orderId: z.string().max(10), total: z.int().min(1) }
const OrderCreated = event('order.created.v1', fields, { words: ({ total }) => [total > 100 ? 'large' : 'small'] })

describe('calling a contract makes a message', () => {
  test('that carries its contract and its data', () => {
    const message = OrderCreated({ orderId: 'a', total: 1 })
    expect(message.contract).toBe(OrderCreated)
    expect(message.data).toEqual({ orderId: 'a', total: 1 })
  })

  test('with the fields of the schema only, whatever else is passed in', () => {
    const more = { orderId: 'a', total: 1, cardNumber: '4111 1111 1111 1111', __proto__: { polluted: true } }
    expect(OrderCreated(more).data).toEqual({ orderId: 'a', total: 1 })
  })

  test.each([
    [{ orderId: 'a', total: 0 }, 'total'],
    [{ orderId: 'a', total: 1.5 }, 'total'],
    [{ orderId: 'a', total: NaN }, 'total'],
    [{ orderId: 'far too long', total: 1 }, 'orderId'],
  ])('or throws at the call, not later at a consumer: %j', (data, field) => {
    expect(() => OrderCreated(data)).toThrow(TypeError)
    expect(() => OrderCreated(data)).toThrow(new RegExp(`^order\\.created\\.v1: ${field} must .+`))
  })

  test('and a missing field is a compile error', () => {
    // @ts-expect-error total is missing
    expect(() => OrderCreated({ orderId: 'a' })).toThrow('order.created.v1: total is missing')
    // @ts-expect-error the total is a number
    expect(() => OrderCreated({ orderId: 'a', total: '1' })).toThrow('order.created.v1: total must be a number')
  })
})

describe('a contract', () => {
  test.each([
    ['command', command('order.place.v1', fields)],
    ['event', event('order.placed.v1', fields)],
    ['timer', timer('order.expired.v1', fields)],
  ])('knows its kind: %s', (kind, contract) => {
    expect(contract.kind).toBe(kind)
    expect(contract.words({ orderId: 'a', total: 1 })).toEqual([])
  })

  test('can add words to the routing key', () => {
    expect(OrderCreated.words({ orderId: 'a', total: 101 })).toEqual(['large'])
  })

  test.each([
    'order.v1',
    'order.created',
    'Order.created.v1',
    'order.created.v0',
    'order.created.v01',
    'order..v1',
    'order.created.v1.x',
    ' order.created.v1',
    'order.#.v1',
  ])('cannot be named %j', (type) => {
    expect(() => event(type as 'a.b.v1', fields)).toThrow(
      new TypeError(`${type}: a message type is lower-case words and a version, such as payment.authorize.v1`),
    )
  })

  test('without a version is a compile error', () => {
    // @ts-expect-error the version is missing
    expect(() => event('order.created', fields)).toThrow(TypeError)
  })

  test('gives the compiler the types of its data and its messages', () => {
    const data: DataOf<typeof OrderCreated> = { orderId: 'a', total: 1 }
    const message: MessageOf<typeof OrderCreated> = OrderCreated(data)
    // @ts-expect-error it is not a command of another name
    const other: MessageOf<ReturnType<typeof command<'order.place.v1', typeof fields>>> = message
    expect(other.data).toEqual(data)
  })
})
