import { cases, type CaseName } from './cases.ts'
import { plannedOrder } from './orders.ts'

const skus = ['BOOK-1', 'MUG-1', 'PEN-1', 'LAMP-1']
const planned = Array.from({ length: 300 }, (_, index) => plannedOrder(index + 1, skus))

test('every hundred orders contain each case in its share', () => {
  const names = Object.keys(cases) as CaseName[]

  expect(names.reduce((sum, name) => sum + cases[name].share, 0)).toBe(100)
  for (const hundred of [planned.slice(0, 100), planned.slice(100, 200), planned.slice(137, 237)]) {
    const counted = names.map((name) => hundred.filter((order) => order.case === name).length)
    expect(counted).toEqual(names.map((name) => cases[name].share))
  }
})

test('an order is determined by its number alone', () => {
  expect(plannedOrder(42, skus)).toEqual(plannedOrder(42, skus))
})

test('an order names each product once and never a price', () => {
  for (const { lines, body } of planned) {
    expect(new Set(lines.map(({ sku }) => sku)).size).toBe(lines.length)
    expect(JSON.parse(body)).toEqual({ lines, card: expect.stringMatching(/^tok_/), shipTo: expect.any(Object) })
  }
})

test('one order in nineteen is sent twice, whatever its case', () => {
  const repeated = Array.from({ length: 1_900 }, (_, index) => plannedOrder(index + 1, skus)).filter(
    ({ repeat }) => repeat,
  )

  expect(repeated).toHaveLength(100)
  expect(new Set(repeated.map((order) => order.case)).size).toBe(Object.keys(cases).length)
})
