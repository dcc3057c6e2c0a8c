import fc from 'fast-check'
import { includedTax, printed, sumOf } from './invoice.ts'
import { money } from './money.ts'

const rate = (basisPoints: number) => ({ name: 'VAT', basisPoints })

test('the tax that a price includes is a part of it: 19 of 119', () => {
  expect(includedTax(11_900, rate(1_900))).toBe(1_900)
  expect(includedTax(100, rate(0))).toBe(0)
  expect(includedTax(1, rate(2_000))).toBe(0)
  expect(includedTax(3, rate(2_000))).toBe(1)
})

test('price without tax and tax are the total, and the tax is at most half a unit from what the rate gives', () => {
  const amount = fc.integer({ min: 1, max: 100_000_000_000 })
  fc.assert(
    fc.property(amount, fc.integer({ min: 0, max: 10_000 }), (total, basisPoints) => {
      const tax = includedTax(total, rate(basisPoints))
      // (total - tax) × rate is the tax: compared in whole numbers, in twice the unit of 10,000 basis points.
      const off = BigInt(total) * BigInt(basisPoints) - BigInt(tax) * BigInt(10_000 + basisPoints)
      expect(2n * (off < 0n ? -off : off)).toBeLessThanOrEqual(BigInt(10_000 + basisPoints))
      expect(tax).toBeGreaterThanOrEqual(0)
      expect(tax).toBeLessThanOrEqual(total)
    }),
  )
})

test.each([
  [5, 'EUR', 'EUR 0.05'],
  [129_900, 'EUR', 'EUR 1,299.00'],
  [100_000_000_000, 'USD', 'USD 1,000,000,000.00'],
  [0, 'EUR', 'EUR 0.00'],
  [129_900, 'JPY', 'JPY 129,900'],
  [7, 'JPY', 'JPY 7'],
  [1_234_567, 'KWD', 'KWD 1,234.567'],
])('%d of %s are read as %s', (amount, currency, text) => {
  expect(money(amount, currency)).toBe(text)
})

test('a number has its year, and at least six digits', () => {
  expect([printed(2030, 42), printed(2031, 1_234_567)]).toEqual(['2030-000042', '2031-1234567'])
})

test('the sum of the lines counts each piece', () => {
  const lines = [
    { sku: 'A', quantity: 2, unitPrice: 150 },
    { sku: 'B', quantity: 1, unitPrice: 1 },
  ]
  expect(sumOf(lines)).toBe(301)
})
