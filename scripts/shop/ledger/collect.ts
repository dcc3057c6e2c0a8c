import { loadManifests, type Manifest } from '#runtime/manifest/index.ts'
import { queueNames, unrouted } from '#runtime/topology/index.ts'
import { readMailbox } from '../../servers/mail.ts'
import { readQueues } from '../../inspect/queues.ts'
import { managementOf } from '../../inspect/system.ts'
import type { Shop } from '../shop.ts'
import type { Authorization, Books, Mails, Order, Payment, Queue, Reservation, Saga, Shipment, Stock } from './books.ts'
import type { DriverBook } from '../load/driver-book.ts'
import { inDatabase } from './database.ts'
import { readStorage } from './read-storage.ts'

/** Reads the books of a shop: its databases, the bank's own book over HTTP, the mails, the queues. */
export async function collect(shop: Shop, driver: DriverBook): Promise<Books> {
  const manifests = loadManifests('handlers')
  const [gateway, orders, inventory, payments, shipping, bank, mails, queues, storage] = await Promise.all([
    rows<Order>(
      shop,
      'gateway',
      `select id, customer_id as customer, status, total::float8, command->'lines' as lines from orders`,
    ),
    rows<Saga>(
      shop,
      'orders',
      `select key as "order", status, step, start is not null as started, failure from sagas where saga = 'checkout'`,
    ),
    Promise.all([
      rows<Stock>(shop, 'inventory', `select sku, received, available, reserved, shipped from stock order by sku`),
      rows<Reservation>(shop, 'inventory', `select order_id as "order", state, lines from reservations`),
    ]),
    rows<Payment>(
      shop,
      'payments',
      `select order_id as "order", authorization_id as authorization, status, amount::float8, captured::float8, refunded::float8 from payments`,
    ),
    rows<Shipment>(shop, 'shipping', `select order_id as "order", status from shipments`),
    readBank(shop.bankUrl),
    readMails(shop.mails),
    queueTotals(shop, manifests),
    readStorage(shop.databases, manifests),
  ])
  const [stock, reservations] = inventory
  return {
    driver,
    orders: gateway,
    sagas: orders,
    stock,
    reservations,
    payments,
    bank,
    shipments: shipping,
    mails,
    queues,
    storage,
  }
}

async function rows<Row extends object>({ databases }: Shop, handler: string, text: string): Promise<Row[]> {
  return inDatabase(databases, handler, async (client) => (await client.query<Row>(text)).rows)
}

async function readBank(url: string): Promise<Authorization[]> {
  const lines: Authorization[] = []
  for (let after: string | null = ''; after !== null;) {
    const response = await fetch(`${url}/book?limit=1000&after=${after}`)
    if (!response.ok) throw new Error(`ledger: the bank's book cannot be read (${url}/book answers ${response.status})`)
    const page = (await response.json()) as {
      authorizations: (Authorization & { reference: string })[]
      next: string | null
    }
    lines.push(...page.authorizations.map(({ reference, ...line }) => ({ ...line, order: reference })))
    after = page.next
  }
  return lines
}

/** Sorts the mails by their Message-IDs, which notifications derives from kind and order. */
async function readMails(place: string): Promise<Mails> {
  const { mails, repeats } = await readMailbox(place)
  const named = mails.map((id) => ({
    id,
    groups: /^order-(?<kind>confirmed|cancelled)\.(?<order>[^@]+)@/.exec(id)?.groups,
  }))
  const ofKind = (kind: string) => named.flatMap(({ groups }) => (groups?.['kind'] === kind ? [groups['order']!] : []))
  return {
    confirmed: ofKind('confirmed'),
    cancelled: ofKind('cancelled'),
    foreign: named.filter(({ groups }) => !groups).map(({ id }) => id),
    repeats: repeats.length,
  }
}

/** Messages in each queue of the shop; the broker's totals are some seconds old. */
export async function queueTotals(shop: Shop, manifests: readonly Manifest[]): Promise<Queue[]> {
  const waiting = new Set([unrouted, ...manifests.flatMap((manifest) => queueNames(manifest, 'dead-letters'))])
  const totals = await readQueues(managementOf(shop))
  return [...totals].map(([name, total]) => ({ name, drains: !waiting.has(name), ...total }))
}
