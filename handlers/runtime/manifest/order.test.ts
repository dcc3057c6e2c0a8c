import * as z from 'zod'
import { command, event } from '../contract.ts'
import { on } from '../on.ts'
import { agreement } from './agreement.ts'
import { parseManifest } from './parse.ts'

const refusal = (yaml: object) => {
  try {
    parseManifest('feed', yaml)
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}
const complete = { handles: ['stock.update.v1'], database: true }

test('an order without a database, or with more replicas than can consume, is refused', () => {
  expect(refusal({ ...complete, ordered: true, scale: { max: 1 } })).toBeUndefined()
  expect(refusal({ ...complete, partitions: 8, scale: { max: 8 } })).toBeUndefined()
  expect(refusal({ ordered: true, scale: { max: 1 } })).toBe(
    'handlers/feed/handler.yaml: database must be true, because ordered keeps what it cannot handle there',
  )
  expect(refusal({ ...complete, ordered: true, scale: { max: 3 } })).toBe(
    'handlers/feed/handler.yaml: scale.max must be 1, because with ordered only one replica consumes (got 3)',
  )
  expect(refusal({ ...complete, partitions: 8, scale: { max: 9 } })).toBe(
    'handlers/feed/handler.yaml: scale.max must be at most 8, the number of partitions (got 9)',
  )
  expect(refusal({ ...complete, ordered: true, partitions: 8, scale: { max: 1 } })).toBe(
    'handlers/feed/handler.yaml: ordered or partitions must be set, not both: partitions keep the order too',
  )
})

test('a narrowed subscription leaves room for the last word, which names the partition', () => {
  const narrowed = (key: string) => ({
    subscribes: [{ type: 'stock.counted.v1', key }],
    database: true,
    partitions: 4,
    scale: { max: 4 },
  })
  expect(refusal(narrowed('eu.*'))).toBeUndefined()
  expect(refusal(narrowed('eu'))).toBe(
    'handlers/feed/handler.yaml: subscribes: the key for stock.counted.v1 must end in * or #, because the last word of its routing keys names the partition (got eu)',
  )
})

const Update = command('stock.update.v1', { sku: z.string() })
const Counted = event('stock.counted.v1', { sku: z.string() }, { words: () => ['eu'], partitionBy: ({ sku }) => sku })

test('an order needs contracts with a key', () => {
  const manifest = parseManifest('feed', { ...complete, ordered: true, scale: { max: 1 } })
  expect(agreement(manifest, [on(Update, () => undefined)])).toEqual([
    'handlers/feed/handler.yaml: ordered needs the key of each message: give the contract stock.update.v1 a partitionBy',
  ])
})

test('a key that forgets the last word of a partitioned event is refused, whether the handler keeps an order or not', () => {
  const manifest = parseManifest('audit', { subscribes: [{ type: 'stock.counted.v1', key: 'eu' }] })
  expect(agreement(manifest, [on(Counted, () => undefined)])).toEqual([
    'handlers/audit/handler.yaml: the key eu matches no stock.counted.v1, because its contract has partitionBy, whose word ends every routing key: write eu.*',
  ])
})
