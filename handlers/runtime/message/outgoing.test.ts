import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { validate, version } from 'uuid'
import * as z from 'zod'
import { command, event, timer } from '../contract.ts'
import { Reject } from '../failures.ts'
import { at, cancel, delay } from '../later.ts'
import { limits } from './limits.ts'
import { outputsOf } from './handler-outputs.ts'
import { outgoing, properties } from './outgoing.ts'
import { traceparent } from './trace.ts'

const text = z.string()
const Told = event('thing.told.v1', { text }, { words: ({ text }) => text.split('.') })
const Do = command('thing.do.v1', { text })
const Wake = timer('thing.wake.v1', { text })

const cause = {
  id: randomUUID(),
  correlationId: 'c',
  attempt: 1,
  traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
}
const now = 1_700_000_000_000
const mayPublish = new Set(['thing.told.v1', 'thing.do.v1'])
const orders = { handler: 'orders', mayPublish }
const payments = { handler: 'payments', mayPublish }

describe('a priority', () => {
  const Rank = command('thing.rank.v1', { rank: z.number() }, { priority: ({ rank }) => (rank < 0 ? undefined : rank) })
  const ranked = { handler: 'orders', mayPublish: new Set([...mayPublish, 'thing.rank.v1', 'thing.keep.v1']) }
  const priorities = (messages: Parameters<typeof outputsOf>[0], priority?: number) => {
    const { publish, timers } = outputsOf(messages, ranked, { ...cause, priority }, now)
    return [...publish, ...timers.map(({ message }) => message)].map((message) => message.priority)
  }

  test('is that of the contract, or else inherited from the message that led to it, through timers too', () => {
    expect(
      priorities([Rank({ rank: 9 }), Rank({ rank: -1 }), Do({ text: '' }), at(new Date(), Wake({ text: '' }))], 7),
    ).toEqual([9, 7, 7, 7])
    expect(priorities([Rank({ rank: 0 }), Rank({ rank: -1 }), Do({ text: '' })])).toEqual([0, undefined, undefined])
  })

  test('is a property of the published message, and absent without one', () => {
    expect(properties(outgoing(Rank({ rank: 31 }), 'id', 'c', {}), 'orders', 'orders').priority).toBe(31)
    expect(properties(outgoing(Do({ text: '' }), 'id', 'c', {}), 'orders', 'orders')).not.toHaveProperty('priority')
  })

  test('is never inherited where the order of a key is kept, which it would break', () => {
    const Keep = command('thing.keep.v1', { text }, { partitionBy: ({ text }) => text })
    expect(priorities([Keep({ text: 'a' })], 9)).toEqual([undefined])
    expect(() => command('thing.keep.v1', { text }, { partitionBy: () => 'a', priority: () => 1 })).toThrow(
      'thing.keep.v1: partitionBy keeps an order that priority would break: leave one of them out',
    )
  })

  test.each([32, -1, 1.5, NaN])('of %p is refused when the message is made', (rank) => {
    const Wrong = command('thing.rank.v1', { text }, { priority: () => rank })
    expect(() => Wrong({ text: '' })).toThrow(
      `thing.rank.v1: its priority must be a whole number from 0 to 31, or undefined (got ${rank})`,
    )
  })
})

describe('the same message leads to the same messages again', () => {
  test('id by id and byte by byte, however often it is handled', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { maxLength: 100 }), fc.uuid(), (texts, id) => {
        const made = () =>
          outputsOf(
            texts.map((text) => Do({ text })),
            orders,
            { ...cause, id },
            now,
          )
        expect(made()).toEqual(made())
        const ids = made().publish.map((message) => message.id)
        expect(new Set(ids).size).toBe(texts.length)
        expect(ids.every((one) => validate(one) && version(one) === 5)).toBe(true)
      }),
    )
  })

  test('but another cause, handler or position leads to others', () => {
    const ids = [
      outputsOf([Do({ text: 'a' }), Do({ text: 'a' })], orders, cause, now),
      outputsOf([Do({ text: 'a' })], payments, cause, now),
      outputsOf([Do({ text: 'a' })], orders, { ...cause, id: randomUUID() }, now),
    ].flatMap(({ publish }) => publish.map(({ id }) => id))
    expect(new Set(ids).size).toBe(4)
  })

  test('because ids depend on neither content nor time', () => {
    const [one] = outputsOf([Do({ text: 'a' })], orders, cause, now).publish
    const [other] = outputsOf([Do({ text: 'b' })], orders, { ...cause, attempt: 5 }, now + 1).publish
    expect(other?.id).toBe(one?.id)
  })

  test('and a delayed message has its own id, and its timer another one', () => {
    const due = new Date(now)
    const { publish, timers } = outputsOf([at(due, Wake({ text: 'a' })), Do({ text: 'b' })], orders, cause, now)
    expect(timers).toMatchObject([{ due, name: null, message: { exchange: 'timers', type: 'thing.wake.v1' } }])
    expect(new Set([timers[0]?.id, timers[0]?.message.id, publish[0]?.id]).size).toBe(3)
    expect(publish[0]?.id).toBe(outputsOf([Do({ text: 'x' }), Do({ text: 'b' })], orders, cause, now).publish[1]?.id)
  })

  test('and the age of a delayed message counts from its due time', () => {
    const publishedAt = (due: number) =>
      outputsOf([at(new Date(due), Wake({ text: 'a' }))], orders, cause, now).timers[0]?.message.headers[
        'x-published-at'
      ]
    expect(publishedAt(now + 60_000)).toBe(now + 60_000)
    expect(publishedAt(now - 60_000)).toBe(now)
  })
})

describe('messages inherit', () => {
  const [message] = outputsOf([Do({ text: 'a' })], orders, cause, now).publish

  test('the correlation id, the cause, the time and the trace, with a new span', () => {
    expect(message).toMatchObject({
      correlationId: 'c',
      exchange: 'commands',
      key: 'thing.do.v1',
      body: '{"text":"a"}',
    })
    expect(message?.headers).toEqual({
      'x-causation-id': cause.id,
      'x-published-at': now,
      traceparent: `00-${'a'.repeat(32)}-${cause.id.replaceAll('-', '').slice(0, 16)}-01`,
    })
  })

  test('the attempts of their cause, if it took more than one', () => {
    const [retried] = outputsOf([Do({ text: 'a' })], orders, { ...cause, attempt: 4 }, now).publish
    expect(retried?.headers).toMatchObject({ 'x-cause-attempts': 4 })
  })
})

describe('limits on outputs', () => {
  test('one message leads to at most 100 others', () => {
    const many = (count: number) =>
      outputsOf(
        Array.from({ length: count }, () => Do({ text: '' })),
        orders,
        cause,
        now,
      )
    expect(many(limits.outputs).publish).toHaveLength(100)
    expect(() => many(limits.outputs + 1)).toThrow(
      new Reject('orders: one message may lead to 100 others at most (got 101)'),
    )
  })

  test.each([
    ['one-byte characters', 'x', 256 * 1024 - '{"text":""}'.length],
    ['three-byte characters', '€', Math.floor((256 * 1024 - '{"text":""}'.length) / 3)],
  ])('a body holds at most 256 KiB of %s', (_, letter, count) => {
    expect(outgoing(Do({ text: letter.repeat(count) }), 'id', 'c', {}).id).toBe('id')
    expect(() => outgoing(Do({ text: letter.repeat(count + 1) }), 'id', 'c', {})).toThrow(
      new Reject('thing.do.v1: a message may have 262144 bytes at most'),
    )
  })

  test('a routing key longer than AMQP allows is rejected: it could never be published', () => {
    const room = 255 - 'thing.told.v1.'.length
    expect(outgoing(Told({ text: 'x'.repeat(room) }), 'id', 'c', {}).key).toHaveLength(255)
    for (const long of ['x'.repeat(room + 1), 'é'.repeat(room)]) {
      expect(() => outgoing(Told({ text: long }), 'id', 'c', {})).toThrow(
        new Reject('thing.told.v1: a routing key may have 255 bytes at most'),
      )
    }
  })
})

describe('on the wire', () => {
  test('words of the contract follow the type in the routing key', () => {
    expect(outgoing(Told({ text: 'us.vip' }), 'id', 'c', {})).toMatchObject({
      exchange: 'events',
      key: 'thing.told.v1.us.vip',
    })
  })

  test('a command that reaches no queue is returned; an event may have no subscriber', () => {
    expect(properties(outgoing(Do({ text: 'a' }), 'id', 'c', {}), 'orders', 'orders')).toMatchObject({
      messageId: 'id',
      type: 'thing.do.v1',
      contentType: 'application/json',
      deliveryMode: 2,
      correlationId: 'c',
      appId: 'orders',
      userId: 'orders',
      mandatory: true,
    })
    expect(properties(outgoing(Told({ text: 'a' }), 'id', 'c', {}), 'orders', 'orders')).toMatchObject({
      mandatory: false,
    })
  })

  test('any correlation id starts a trace, the same one each time', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uuid(), fc.string()), (correlationId) => {
        expect(traceparent(correlationId)).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)
        expect(traceparent(correlationId)).toBe(traceparent(correlationId))
      }),
    )
  })
})

describe('named delays and their cancellation', () => {
  const named = (text: string) => delay('1h', Do({ text }), { name: 'reminder' })
  const made = (...outputs: Parameters<typeof outputsOf>[0][number][]) => outputsOf(outputs, orders, cause, now)

  test('keep their order within what a handler returns', () => {
    expect(made(cancel('reminder'), named('a')).timers).toHaveLength(1)
    expect(made(named('a'), cancel('reminder'))).toMatchObject({ timers: [], freed: ['@reminder', '@reminder'] })
    expect(made(named('a'), named('b')).timers).toMatchObject([{ message: { body: '{"text":"b"}' } }])
    expect(made(delay('1h', Do({ text: 'a' })), named('b'), cancel('other')).timers).toHaveLength(2)
  })

  test('change no id of the messages beside them', () => {
    const ids = (...outputs: Parameters<typeof outputsOf>[0][number][]) => made(...outputs).publish.map(({ id }) => id)
    expect(ids(cancel('reminder'), Do({ text: 'a' }))).toEqual(ids(Do({ text: 'a' })))
  })
})
