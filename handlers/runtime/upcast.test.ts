import * as z from 'zod'
import { command, event } from './contract.ts'
import { follow } from './saga/follow.ts'
import { saga } from './saga/builder.ts'
import { deliver } from './testing/deliver.ts'
import { on, onBatch } from './on.ts'
import { readAs } from './upcast.ts'
import { agreement } from './manifest/agreement.ts'
import { parseManifest } from './manifest/parse.ts'

const One = event('order.created.v1', { id: z.string(), total: z.int() })
const Two = event(
  'order.created.v2',
  { id: z.string(), cents: z.int() },
  { upcasts: [One, ({ id, total }) => ({ id, cents: total * 100 })] },
)
const Three = event(
  'order.created.v3',
  { id: z.string(), cents: z.int().max(100_000), currency: z.string().default('EUR') },
  { upcasts: [Two, (two) => two] },
)

test('each version is led up to the next, and its schema is checked on the way', () => {
  expect(readAs(Three, 'order.created.v1', { id: 'a', total: 5 })).toEqual({
    data: { id: 'a', cents: 500, currency: 'EUR' },
  })
  expect(readAs(Three, 'order.created.v2', { id: 'a', cents: 5 })).toEqual({
    data: { id: 'a', cents: 5, currency: 'EUR' },
  })
  expect(readAs(Three, 'order.created.v1', { id: 'a', total: '5' })).toEqual({
    flaw: 'data',
    sentence: 'order.created.v1: total must be a number',
  })
  expect(readAs(Three, 'order.created.v1', { id: 'a', total: 5_000 })).toEqual({
    flaw: 'upcast',
    sentence:
      'the upcast of order.created.v2 to order.created.v3 made what the schema refuses: cents must be at most 100000',
  })
})

const DoV1 = command('thing.do.v1', { id: z.int() })
const name = { name: z.string() }

test('the function takes the data of the earlier version and returns what the later one takes', () => {
  command('thing.do.v2', name, { upcasts: [DoV1, ({ id }) => ({ name: id.toFixed() })] })
  // @ts-expect-error: the later version has a name
  command('thing.do.v2', name, { upcasts: [DoV1, ({ id }) => ({ id })] })
  // @ts-expect-error: the earlier version has none
  command('thing.do.v2', name, { upcasts: [DoV1, ({ name }) => ({ name })] })
})

test('an upcast comes from an earlier version of the same message', () => {
  expect(() => command('order.created.v2', { id: z.string() }, { upcasts: [One, ({ id }) => ({ id })] })).toThrow(
    'order.created.v2: an upcast comes from an earlier version of the same command (got order.created.v1)',
  )
  expect(() => event('order.created.v1', { id: z.string() }, { upcasts: [One, ({ id }) => ({ id })] })).toThrow(
    'order.created.v1: an upcast comes from an earlier version of the same event (got order.created.v1)',
  )
})

test('a test delivers a message of version 1 to on, onBatch and a saga of a later version', async () => {
  const seen: unknown[] = []
  const early = One({ id: 'a', total: 5 })
  await deliver([on(Three, (data, { message }) => void seen.push(data, message.type))], early)
  await deliver([onBatch(Three, async ([item]) => void seen.push(item!.data))], early)
  const three = { id: 'a', cents: 500, currency: 'EUR' }
  expect(seen).toEqual([three, 'order.created.v3', three])

  const Pay = command('order.pay.v1', { id: z.string(), cents: z.int() })
  const Paid = event('order.paid.v1', { id: z.string() })
  const flow = saga(Three, [Pay], { name: 'order', key: 'id' })
    .step('pay', { send: ({ id, cents }) => Pay({ id, cents }), done: Paid })
    .onDone(() => undefined)
    .onFailed(() => undefined)
  const empty = { query: async () => ({ rows: [], rowCount: 0 }) }
  expect(await deliver(follow(flow), early, { db: empty })).toContainEqual(Pay({ id: 'a', cents: 500 }))
})

describe('handler.yaml', () => {
  const made = command('order.place.v1', { id: z.string() })
  test('lists every version on the side that handles and on the side that publishes', () => {
    const manifest = parseManifest('sales', {
      handles: ['order.place.v1'],
      subscribes: ['order.created.v3'],
      emits: ['order.created.v3'],
    })
    expect(agreement(manifest, [on(made, [Three], () => undefined), on(Three, () => undefined)])).toEqual([
      'handlers/sales/handler.yaml: subscribes must name order.created.v2, because handler.ts subscribes to order.created.v3, which upcasts it',
      'handlers/sales/handler.yaml: subscribes must name order.created.v1, because handler.ts subscribes to order.created.v3, which upcasts it',
      'handlers/sales/handler.yaml: emits must name order.created.v2, because handler.ts emits order.created.v3, which upcasts it, and stored messages of it may still have to be published',
      'handlers/sales/handler.yaml: emits must name order.created.v1, because handler.ts emits order.created.v3, which upcasts it, and stored messages of it may still have to be published',
    ])
  })

  test('fits no code that handles or publishes two versions of one message, whose handlers would get it twice', () => {
    const all = ['order.created.v1', 'order.created.v2']
    const manifest = parseManifest('sales', { handles: ['order.place.v1'], subscribes: all, emits: all })
    const subscriptions = [on(made, [One, Two], () => undefined), on(One, () => undefined), on(Two, () => undefined)]
    expect(agreement(manifest, subscriptions)).toEqual([
      'handlers/sales/handler.ts handles order.created.v1, and order.created.v2 upcasts it: handle order.created.v2 alone, which gets the messages of both',
      'handlers/sales/handler.ts returns order.created.v1 and order.created.v2, which upcasts it: return order.created.v2 alone, because its handlers would get both',
    ])
  })
})
