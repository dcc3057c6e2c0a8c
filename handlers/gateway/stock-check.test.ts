import { CheckStock } from '#contracts'
import type { Ask, DataOf } from 'warren'
import { StockCheck } from './stock-check.ts'

const line = (sku: string, quantity: number) => ({ sku, quantity })

/** A warehouse that answers when the test lets it, and records what it was asked. */
function warehouse(stock: Record<string, number>) {
  const asked: string[][] = []
  const ask = (async (_question, data) => {
    const { skus } = data as DataOf<typeof CheckStock>
    asked.push(skus)
    if (!open) throw new Error('the warehouse is closed')
    return { available: Object.fromEntries(skus.flatMap((sku) => (sku in stock ? [[sku, stock[sku]]] : []))) }
  }) as Ask
  let open = true
  return { asked, ask, close: () => (open = false) }
}

test('an order of more than was last available is warned of, by product and over all of its lines', async () => {
  const check = new StockCheck(warehouse({ 'MUG-1': 3, 'PEN-1': 10 }).ask)
  await check.refresh(['MUG-1', 'PEN-1', 'LAMP-1'], 'one')
  expect(check.warnings([line('MUG-1', 2), line('MUG-1', 1), line('PEN-1', 10)])).toEqual([])
  expect(check.warnings([line('MUG-1', 2), line('MUG-1', 2), line('LAMP-1', 1)])).toEqual([
    'MUG-1 may be out of stock: 4 ordered, 3 available',
    'LAMP-1 may be out of stock: 1 ordered, 0 available',
  ])
})

test('a product is asked for once a second, however many orders name it', async () => {
  let now = 0
  const { ask, asked } = warehouse({ 'MUG-1': 3 })
  const check = new StockCheck(ask, () => now)
  await Promise.all(Array.from({ length: 100 }, () => check.refresh(['MUG-1', 'MUG-1'], 'one')))
  now = 999
  await check.refresh(['MUG-1', 'PEN-1'], 'two')
  now = 1_000
  await check.refresh(['MUG-1'], 'three')
  expect(asked).toEqual([['MUG-1'], ['PEN-1'], ['MUG-1']])
})

test('the last answer stands while the next one is awaited; without one nothing is known, and nothing is warned of', async () => {
  let now = 0
  const { ask, close } = warehouse({ 'MUG-1': 0 })
  const check = new StockCheck(ask, () => now)
  expect(check.warnings([line('MUG-1', 1)])).toEqual([])
  await check.refresh(['MUG-1'], 'one')
  close()
  now = 1_000
  const second = check.refresh(['MUG-1'], 'two')
  expect(check.warnings([line('MUG-1', 1)])).toHaveLength(1)
  await second
  expect(check.warnings([line('MUG-1', 1)])).toEqual([])
})
