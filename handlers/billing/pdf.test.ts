import { longestInvoice } from '#contracts'
import { create } from 'fontkit'
import file from './font.json' with { type: 'json' }
import type { Invoice } from './invoice.ts'
import { pdfOf } from './pdf.ts'
import { readPdf } from './testing/read-pdf.ts'

const font = create(Buffer.from(file.base64, 'base64'))

const ordinary: Invoice = {
  number: '2030-000042',
  issuedOn: '2030-01-31',
  orderId: '5f0c2f3e-54a1-4b8e-9a27-1d1a1f8a7c01',
  email: 'ada@example.com',
  currency: 'EUR',
  lines: [
    { sku: 'BOOK-1', quantity: 2, unitPrice: 3_490 },
    { sku: 'LAPTOP-1', quantity: 1, unitPrice: 129_900 },
  ],
  billTo: { name: 'Ada Lovelace', street: '1 Engine Way', city: 'London', postalCode: 'W1', country: 'GB' },
  total: 136_880,
  tax: { name: 'VAT', basisPoints: 2_000, amount: 22_813 },
}
const read = async (invoice: Invoice) => readPdf(await pdfOf(invoice))

test('an invoice shows its number, its customer, its lines, its total and the tax that it includes', async () => {
  const { pages } = await read(ordinary)
  expect(pages).toEqual([
    [
      ...['Warren shop', 'Invoice 2030-000042', 'Issued on 2030-01-31', `Order ${ordinary.orderId}`],
      ...['Ada Lovelace', '1 Engine Way', 'W1 London', 'GB', 'ada@example.com'],
      ...['Product', 'Pieces', 'Price', 'Amount'],
      ...['BOOK-1', '2', 'EUR 34.90', 'EUR 69.80'],
      ...['LAPTOP-1', '1', 'EUR 1,299.00', 'EUR 1,299.00'],
      ...['Total', 'EUR 1,368.80'],
      ...['It includes VAT of 20 %', 'EUR 228.13'],
      ...['Without tax', 'EUR 1,140.67'],
      'Invoice 2030-000042, page 1 of 1',
    ],
  ])
})

test('the same invoice is always the same bytes, whatever was written in between, and carries its font', async () => {
  const one = await pdfOf(ordinary)
  await pdfOf(largest())
  const again = await pdfOf(ordinary)
  expect(one.equals(again)).toBe(true)
  expect(readPdf(one).fonts).toBe(1)
})

test.each([
  ['Greek', 'Ελένη Παπαδοπούλου'],
  ['Cyrillic', 'Олександр Шевченко'],
  ['accents', 'Łukasz Đặng Čapek-Ñuñez'],
  ['an accent that is a letter of its own', 'Jose\u0301', 'José'],
])('a name with %s can be read', async (_, name, shown = name) => {
  const { pages } = await read({ ...ordinary, billTo: { ...ordinary.billTo, name } })
  expect(pages[0]).toContain(shown)
})

test.each([
  ['Chinese', '山田 Taro', '\ufffd\ufffd Taro'],
  ['Arabic', 'Ada ليلى', `Ada ${'\ufffd'.repeat(4)}`],
  ['an emoji', 'Ada 🦊', 'Ada \ufffd'],
  ['half of an emoji', 'Ada \ud83e', 'Ada \ufffd'],
  ['a mark that turns the text around', 'Ada \u202e0001 RUE', 'Ada \ufffd0001 RUE'],
])('letters that the font lacks, such as of %s, are shown as such, and the others stay', async (_, name, shown) => {
  const { pages } = await read({ ...ordinary, billTo: { ...ordinary.billTo, name } })
  expect(pages[0]).toContain(shown)
})

test('a long name goes on in the next line, and loses no letter', async () => {
  const name = 'Wolfeschlegelsteinhausenbergerdorff'.repeat(3).slice(0, 100)
  const { pages } = await read({ ...ordinary, billTo: { ...ordinary.billTo, name } })
  expect(pages[0]?.join('')).toContain(name)
  expect(pages[0]).not.toContain(name)
})

test('a currency without cents has none', async () => {
  const { pages } = await read({
    ...ordinary,
    currency: 'JPY',
    lines: [{ sku: 'TEA-1', quantity: 3, unitPrice: 1_500 }],
    total: 4_500,
    tax: { name: 'Consumption tax', basisPoints: 1_000, amount: 409 },
  })
  expect(pages[0]).toEqual(expect.arrayContaining(['JPY 1,500', 'JPY 4,500', 'JPY 409', 'JPY 4,091']))
  expect(pages[0]).toContain('It includes Consumption tax of 10 %')
})

test('each letter of the font can be copied from an invoice, also after an invoice with all of them', async () => {
  const letters = font.characterSet.filter((letter) => /[\p{L}\p{N}\p{P}\p{S}]/u.test(String.fromCodePoint(letter)))
  for (let start = 0; start < letters.length; start += 50) {
    const name = String.fromCodePoint(...letters.slice(start, start + 50)).normalize('NFC')
    const { pages } = await read({ ...ordinary, billTo: { ...ordinary.billTo, name } })
    expect(pages[0]?.join('')).toContain(name)
  }
})

/** The largest order that a message can carry: each field at its limit, and as many different letters as possible. */
function largest(): Invoice {
  const various = (from: number, length: number) =>
    String.fromCodePoint(...Array.from({ length }, (_, index) => from + index))
  const capitals = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-'
  const lines = Array.from({ length: 100 }, (_, index) => ({
    sku: Array.from({ length: 32 }, (_, place) => capitals[(index * 7 + place * place) % capitals.length]).join(''),
    quantity: 1_000 - index,
    unitPrice: 999_999 - index * 7_919,
  }))
  return {
    ...ordinary,
    email: `${'m'.repeat(242)}@example.com`,
    lines,
    billTo: {
      name: various(0x100, 100),
      street: various(0x1e00, 200),
      city: various(0x400, 100),
      postalCode: various(0x391, 16),
      country: 'GB',
    },
    total: 100_000_000_000,
  }
}

test('the largest invoice has all of its lines, on pages with a head each, and fits into a message', async () => {
  const invoice = largest()
  const pdf = await pdfOf(invoice)
  expect(pdf.length).toBeLessThan(longestInvoice)
  const { pages } = readPdf(pdf)
  expect(pages.length).toBeGreaterThan(2)
  pages.forEach((page, index) => {
    expect(page).toContain('Pieces')
    expect(page.at(-1)).toBe(`Invoice 2030-000042, page ${index + 1} of ${pages.length}`)
  })
  const text = pages.flat().join('')
  for (const { sku, quantity } of invoice.lines) {
    expect(text).toContain(sku)
    expect(pages.flat()).toContain(String(quantity))
  }
  expect(pages.flat()).toContain('EUR 1,000,000,000.00')
})
