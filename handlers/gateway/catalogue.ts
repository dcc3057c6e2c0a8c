import * as z from 'zod'

/** The shop's products, with prices in cents. Clients never send a price. */
export const currency = 'EUR' as const

export const catalogue = [
  { sku: 'BOOK-1', name: 'Book: Patterns of Messaging', price: 3_490 },
  { sku: 'PEN-1', name: 'Fountain pen', price: 2_450 },
  { sku: 'LAPTOP-1', name: 'Laptop, 14 inches', price: 129_900 },
  { sku: 'PHONE-1', name: 'Phone', price: 69_900 },
  { sku: 'CHARGER-1', name: 'Charger, 65 W', price: 3_990 },
  { sku: 'HEADPHONES-1', name: 'Headphones', price: 14_900 },
  { sku: 'MUG-1', name: 'Mug', price: 1_290 },
  { sku: 'CHAIR-1', name: 'Office chair', price: 24_900 },
  { sku: 'DESK-1', name: 'Desk', price: 39_900 },
  { sku: 'LAMP-1', name: 'Desk lamp', price: 5_990 },
  { sku: 'RARE-1', name: 'First edition, signed (sold out)', price: 99_900 },
] as const

export const sku = z.enum(catalogue.map((product) => product.sku))

const prices = new Map<string, number>(catalogue.map((product) => [product.sku, product.price]))

export interface PricedLine {
  sku: string
  quantity: number
  unitPrice: number
}

/** Adds the catalogue's prices to order lines and computes their total. */
export function price(lines: readonly { sku: string; quantity: number }[]): { lines: PricedLine[]; total: number } {
  const priced = lines.map(({ sku, quantity }) => ({ sku, quantity, unitPrice: prices.get(sku) as number }))
  return { lines: priced, total: priced.reduce((total, { quantity, unitPrice }) => total + quantity * unitPrice, 0) }
}
