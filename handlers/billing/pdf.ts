import { create } from 'fontkit'
import PDFDocument from 'pdfkit'
import file from './font.json' with { type: 'json' }
import type { Invoice } from './invoice.ts'
import { money } from './money.ts'

const seller = 'Warren shop'
/** Opened once for all invoices: what it takes from its tables stays decoded, which is six sevenths of the work of an invoice. */
const font = create(Buffer.from(file.base64, 'base64'))
// A glyph that is first met as a part of another one would not know its letter any more, in no later invoice: it could not be copied.
for (const codePoint of font.characterSet) font.glyphForCodePoint(codePoint)

const margin = 50
const right = 545
const size = 8.5
/** The left edge and the width of each column. */
const columns = {
  product: { x: margin, width: 215 },
  quantity: { x: 270, width: 40 },
  price: { x: 315, width: 112 },
  amount: { x: 432, width: 113 },
} as const
const bottom = 770

/** The PDF of an invoice: always the same bytes for the same invoice. Its font is in it, so it looks the same everywhere. */
export async function pdfOf(invoice: Invoice): Promise<Buffer> {
  const { number, issuedOn } = invoice
  const document = new PDFDocument({
    size: 'A4',
    margin,
    font,
    lang: 'en',
    bufferPages: true,
    info: { Title: `Invoice ${number}`, Author: seller, CreationDate: new Date(`${issuedOn}T00:00:00Z`) },
  })
  const page = new Page(document)
  heading(page, invoice)
  lines(page, invoice)
  sums(page, invoice)
  footers(document, number)

  const parts: Buffer[] = []
  document.end()
  for await (const part of document as AsyncIterable<Buffer>) parts.push(part)
  return Buffer.concat(parts)
}

type Column = keyof typeof columns

/** Where the next row goes. A row stays whole: one that does not fit begins a new page. */
class Page {
  readonly #document: PDFDocument
  readonly #onNewPage: (() => void)[] = []
  y = margin

  constructor(document: PDFDocument) {
    this.#document = document
    document.fontSize(size)
  }

  /** Draws something at the top of each page that follows. */
  onNewPage(draw: () => void): void {
    this.#onNewPage.push(draw)
  }

  line(text: string, { fontSize = size, width = right - margin } = {}): void {
    const shown = readable(text)
    this.#document.fontSize(fontSize)
    const height = this.#document.heightOfString(shown, { width })
    this.#makeRoom(height)
    this.#document.text(shown, margin, this.y, { width })
    this.#document.fontSize(size)
    this.y += height + 2
  }

  row(cells: Partial<Record<Column, string>>): void {
    const shown = Object.entries(cells).map(([name, text]) => {
      const { x, width } = columns[name as Column]
      return { x, text: readable(text), options: { width, align: name === 'product' ? 'left' : 'right' } as const }
    })
    const height = Math.max(...shown.map(({ text, options }) => this.#document.heightOfString(text, options)))
    this.#makeRoom(height)
    for (const { x, text, options } of shown) this.#document.text(text, x, this.y, options)
    this.y += height + 3
  }

  rule(): void {
    this.#document.moveTo(margin, this.y).lineTo(right, this.y).lineWidth(0.5).stroke()
    this.y += 4
  }

  gap(points: number): void {
    this.y += points
  }

  #makeRoom(height: number): void {
    if (this.y + height <= bottom) return
    this.#document.addPage()
    this.y = margin
    for (const draw of this.#onNewPage) draw()
  }
}

function heading(page: Page, { number, issuedOn, orderId, billTo, email }: Invoice): void {
  page.line(seller, { fontSize: 11 })
  page.gap(14)
  page.line(`Invoice ${number}`, { fontSize: 18 })
  page.line(`Issued on ${issuedOn}`)
  page.line(`Order ${orderId}`)
  page.gap(14)
  const { name, street, postalCode, city, country } = billTo
  for (const text of [name, street, `${postalCode} ${city}`, country, email]) page.line(text, { width: 300 })
  page.gap(18)
}

function lines(page: Page, { lines, currency }: Invoice): void {
  const head = () => {
    page.row({ product: 'Product', quantity: 'Pieces', price: 'Price', amount: 'Amount' })
    page.rule()
  }
  head()
  page.onNewPage(head)
  for (const { sku, quantity, unitPrice } of lines) {
    page.row({
      product: sku,
      quantity: String(quantity),
      price: money(unitPrice, currency),
      amount: money(quantity * unitPrice, currency),
    })
  }
}

function sums(page: Page, { total, tax, currency }: Invoice): void {
  page.gap(2)
  page.rule()
  page.row({ product: 'Total', amount: money(total, currency) })
  page.row({ product: `It includes ${tax.name} of ${percent(tax.basisPoints)}`, amount: money(tax.amount, currency) })
  page.row({ product: 'Without tax', amount: money(total - tax.amount, currency) })
}

function footers(document: PDFDocument, number: string): void {
  const { start, count } = document.bufferedPageRange()
  for (let index = start; index < start + count; index++) {
    document.switchToPage(index)
    // Below the margin, where PDFKit would otherwise begin a new page.
    document.page.margins.bottom = 0
    document.text(`Invoice ${number}, page ${index + 1} of ${count}`, margin, 800, { lineBreak: false })
  }
}

/** Hundredths of a percent as people read them: `19 %`, `8.1 %`. */
function percent(basisPoints: number): string {
  return `${basisPoints / 100} %`
}

/**
 * Text of which each letter can be shown. `\ufffd` stands in place of one that the font lacks, and so of each mark that would turn the
 * direction of the text around it.
 */
function readable(text: string): string {
  return Array.from(text.normalize('NFC'), (letter) =>
    font.hasGlyphForCodePoint(letter.codePointAt(0) as number) ? letter : '\ufffd',
  ).join('')
}
