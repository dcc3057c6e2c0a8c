import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'amqplib'
import { Client } from 'pg'
import { OrderConfirmed } from '#contracts'
import { parse } from '../cli/command.ts'
import { deadCommand, requested } from '../dead/dead-command.ts'
import { runDead } from '../dead/run.ts'
import { until } from '../testbed/until.ts'
import { createWorld, type World } from '../testbed/world.ts'

let data: string
let world: World
let database: Client

beforeAll(async () => {
  data = mkdtempSync(join(tmpdir(), 'warren-tax-rule-'))
  world = await createWorld(['billing'], { tiers: { '1s': 50, '5s': 50, '30s': 50 } })
  database = new Client({ connectionString: world.databaseUrl('billing') })
  await database.connect()
  await (
    await world.spawn('billing')
  ).ready
})

afterAll(async () => {
  await database?.end()
  await world?.close()
  rmSync(data, { recursive: true })
})

/** The command, as the operator's user. */
async function dead(...args: string[]) {
  const lines: string[] = []
  await runDead(requested(parse(deadCommand(['billing']), [...args, '--data', data])!), {
    connect: () => connect(world.url('operator')),
    handlers: ['billing'],
    subscriptions: [{ type: OrderConfirmed.type, key: '#' }],
    print: (line) => lines.push(line),
  })
  return lines
}
const letters = async () => (await dead('list', '--json')).map((line) => JSON.parse(line) as object)
const invoiced = async () =>
  (await database.query('select customer_id, number from invoices order by number')).rows as object[]

/** An order of this customer, confirmed. */
const order = (customerId: string, country: string) =>
  OrderConfirmed({
    ...({ orderId: randomUUID(), customerId, email: 'ada@example.com', currency: 'EUR', total: 3_490 } as const),
    trackingId: 'parcel-1',
    lines: [{ sku: 'BOOK-1', quantity: 1, unitPrice: 3_490 }],
    shipTo: { name: 'Ada Lovelace', street: '1 Engine Way', city: 'São Paulo', postalCode: '01000', country },
  })

test('an invoice that lacks a tax rule fails four times, is a dead letter, and is written after the rule and a redrive', async () => {
  // Nothing is special about customer 500 but the country.
  await world.send(order('500', 'BR'))
  await world.send(order('499', 'GB'))
  await until(async () => (await letters()).length === 1)
  expect(await letters()).toMatchObject([
    { handler: 'billing', type: 'order.confirmed.v1', reason: 'exhausted', count: 1 },
  ])
  expect(JSON.stringify(await letters())).toContain('tax_rules has no row for BR')
  expect(await invoiced()).toEqual([{ customer_id: '499', number: 1 }])

  // Sent back before the repair, it fails in the same way and is not lost.
  expect(await dead('redrive', '--handler', 'billing')).toEqual(['1 sent back, 0 refused.'])
  await until(async () => (await letters()).length === 1)
  expect(await invoiced()).toHaveLength(1)

  await database.query(`insert into tax_rules (country, name, basis_points) values ('BR', 'ICMS', 1700)`)
  expect(await dead('redrive', '--handler', 'billing')).toEqual(['1 sent back, 0 refused.'])
  await until(async () => (await invoiced()).length === 2)
  expect(await invoiced()).toEqual([
    { customer_id: '499', number: 1 },
    { customer_id: '500', number: 2 },
  ])
  expect(await letters()).toEqual([])
}, 60_000)
