import { join } from 'node:path'
import { issueToken } from '#contracts'
import { client, type Client } from './client.ts'
import { shop, type Account } from './customer.ts'
import { openJournal } from './journal.ts'
import { plannedOrder } from './orders.ts'
import { atRate } from './pace.ts'
import { newTally, type Figures } from './tally.ts'

export interface LoadOptions {
  readonly gatewayUrl: string
  /** The gateway's secret, which signs tokens for many customers; or the token of a single one. */
  readonly access: { readonly secret: string; readonly vips?: number } | { readonly token: string }
  readonly orders: number
  /** Orders a second. */
  readonly rate: number
  /** Where the driver's file goes. */
  readonly folder: string
  /** Milliseconds after which a customer without a usable answer leaves. */
  readonly patience?: number
  readonly progress?: (figures: Figures) => void
  /** Makes the orders from their numbers, from 1 up; by default the mix of cases. */
  readonly plan?: typeof plannedOrder
}

export interface Load extends Figures {
  /** The path of the driver's file. */
  readonly file: string
  /** From the first request to the last answer, in milliseconds. */
  readonly took: number
  /** CPU time of this process meanwhile, in milliseconds. */
  readonly cpu: number
}

const manyCustomers = 50

/**
 * Places orders in a running shop over HTTP, as its customers do, and records requests and answers.
 *
 * @throws an error if the shop is on another machine or does not list its products
 */
export async function runLoad(options: LoadOptions): Promise<Load> {
  const { gatewayUrl, orders, rate, folder, patience = 60_000, progress, plan = plannedOrder } = options
  const http = client(gatewayUrl, { connections: 128, timeout: 10_000 })
  try {
    const started = new Date().toISOString()
    const prices = await catalogue(http, gatewayUrl)
    const skus = Object.keys(prices).filter((sku) => sku !== 'RARE-1')
    const accounts = await openAccounts(options.access, started)

    const journal = openJournal(join(folder, `${started.replaceAll(':', '-')}.jsonl`))
    const customers = 'secret' in options.access ? accounts.map(({ customer }) => customer) : []
    journal.write({ is: 'start', gateway: gatewayUrl, orders, rate, customers, prices })

    const tally = newTally()
    const shopping = { client: http, journal, tally, patience }
    const [begin, cpu] = [performance.now(), process.cpuUsage()]
    const ticking = progress && setInterval(() => progress(tally.read()), 1_000)
    try {
      await atRate({ count: orders, rate, most: 1_000 }, (number, due) =>
        shop(plan(number, skus), accounts[number % accounts.length]!, due, shopping),
      )
    } finally {
      clearInterval(ticking)
    }
    journal.write({ is: 'end' })
    journal.close()

    const { user, system } = process.cpuUsage(cpu)
    const figures = tally.read()
    progress?.(figures)
    return { ...figures, file: journal.path, took: performance.now() - begin, cpu: (user + system) / 1_000 }
  } finally {
    http.close()
  }
}

async function catalogue(http: Client, gatewayUrl: string): Promise<Record<string, number>> {
  const { status, body } = await http.get('/api/products')
  if (status !== 200)
    throw new Error(`load: ${gatewayUrl}/api/products answers ${status}: is the shop running? npm start starts it`)
  const products = body.products as { sku: string; price: number }[]
  return Object.fromEntries(products.map(({ sku, price }) => [sku, price]))
}

/** Names that are new for each load, so that the ledger recognizes its orders. */
async function openAccounts(access: LoadOptions['access'], started: string): Promise<Account[]> {
  if ('token' in access) return [{ customer: `load-${Date.parse(started).toString(36)}`, token: access.token }]
  const names = Array.from({ length: manyCustomers }, (_, index) => `load-${Date.parse(started).toString(36)}-${index}`)
  return Promise.all(
    names.map(async (customer, index) => ({
      customer,
      token: await issueToken(access.secret, {
        id: customer,
        email: `${customer}@customers.example`,
        ...(index < (access.vips ?? 0) && { tier: 'vip' as const }),
      }),
    })),
  )
}
