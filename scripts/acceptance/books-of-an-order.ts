import { randomUUID } from 'node:crypto'
import { Client } from 'pg'
import { PlaceOrder } from '#contracts'
import type { DataOf } from 'warren'
import { until } from '../testbed/until.ts'
import { readMailbox } from '../servers/mail.ts'
import type { WholeShop } from '../shop/whole-shop.ts'
import { patiently } from './at-rest.ts'

/** The state of one order in every record of the shop; `undefined` where it is unknown. */
interface OrderBooks {
  /** `running`, `done` or `failed`, and the current or failed step. */
  readonly order: string | undefined
  readonly stock: string | undefined
  readonly payment: string | undefined
  /** The bank's own book. */
  readonly bank: string | undefined
  /** The captured amount, in cents. */
  readonly captured: number
  readonly shipment: string | undefined
  readonly mails: readonly string[]
}

export const total = 4_200

/** Places an order as the gateway does. @returns its id */
export async function placeOrder({ world }: WholeShop, changes: Partial<DataOf<typeof PlaceOrder>> = {}) {
  const orderId = randomUUID()
  const order = {
    orderId,
    customerId: 'ada',
    email: 'ada@customers.example',
    currency: 'EUR' as const,
    lines: [{ sku: 'BOOK-1', quantity: 2, unitPrice: total / 2 }],
    total,
    card: 'tok_visa',
    shipTo: { name: 'Ada Byron', street: 'Long Street 1', city: 'London', postalCode: '10001', country: 'GB' },
  }
  await world.send(PlaceOrder({ ...order, ...changes }), { as: 'gateway' })
  return orderId
}

export async function booksOf(shop: WholeShop, orderId: string): Promise<OrderBooks> {
  const [order, stock, payment, bank, shipment, { mails }] = await Promise.all([
    cell<string>(
      shop,
      'orders',
      `select status || ' ' || coalesce(failure->>'step', step) as cell from sagas where key = $1`,
      [orderId],
    ),
    cell<string>(shop, 'inventory', 'select state as cell from reservations where order_id = $1', [orderId]),
    cell<string>(shop, 'payments', 'select status as cell from payments where order_id = $1', [orderId]),
    cell<string>(shop, 'bank', `select string_agg(status, ' ') as cell from authorizations where reference = $1`, [
      orderId,
    ]),
    cell<string>(shop, 'shipping', 'select status as cell from shipments where order_id = $1', [orderId]),
    readMailbox(shop.shop.mails),
  ])
  const captured = await cell<number>(
    shop,
    'bank',
    'select sum(captured)::int as cell from authorizations where reference = $1',
    [orderId],
  )
  return {
    order,
    stock,
    payment,
    bank: bank ?? undefined,
    captured: captured ?? 0,
    shipment,
    mails: mails.filter((id) => id.includes(orderId)).map((id) => id.split('.')[0] ?? ''),
  }
}

/** Waits until all records of an order match. */
export async function expectBooks(shop: WholeShop, orderId: string, expected: OrderBooks): Promise<void> {
  await until(async () => {
    expect(await booksOf(shop, orderId)).toEqual(expected)
    return true
  }, patiently)
}

/** The column `cell` of the first row. */
export async function cell<Value>(
  shop: WholeShop,
  handler: string,
  text: string,
  values: unknown[] = [],
): Promise<Value | undefined> {
  return (await column<Value>(shop, handler, text, values))[0]
}

/** The column `cell` of all rows. */
export async function column<Value>(
  { world }: WholeShop,
  handler: string,
  text: string,
  values: unknown[] = [],
): Promise<Value[]> {
  const client = new Client({ connectionString: world.databaseUrl(handler) })
  await client.connect()
  try {
    return (await client.query<{ cell: Value }>(text, values)).rows.map(({ cell }) => cell)
  } finally {
    await client.end()
  }
}
