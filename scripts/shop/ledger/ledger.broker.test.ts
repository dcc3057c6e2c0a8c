import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { until } from '../../testbed/until.ts'
import { runLoad, type Load } from '../load/run.ts'
import { checkLedger, holds, report } from './ledger.ts'
import { startWholeShop, type WholeShop } from '../whole-shop.ts'

let whole: WholeShop
let load: Load
let folder: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'warren-ledger-'))
  whole = await startWholeShop()
  const { gatewayUrl, authSecret } = whole.shop
  load = await runLoad({ gatewayUrl, access: { secret: authSecret }, orders: 200, rate: 100, folder })
}, 120_000)

afterAll(async () => {
  await whole?.close()
  rmSync(folder, { recursive: true })
})

test('a load with every kind of order leaves books that keep every promise', async () => {
  const ledger = await checkLedger(whole.shop, load.file)

  expect(report(ledger).filter((line) => !line.startsWith('✓'))).toEqual([])
  expect(holds(ledger)).toBe(true)
  expect(load).toMatchObject({ accepted: 200, left: 0 })
  expect(ledger.rest.last).toMatchObject({ orders: 0, messages: 0 })
}, 180_000)

/** Changes a handler's database behind the shop's back. */
async function plant(handler: string, text: string) {
  const client = new Client({ connectionString: whole.shop.databases[handler] })
  await client.connect()
  await client.query(text)
  await client.end()
}

/** The lines of broken promises. */
async function broken() {
  const ledger = await checkLedger(whole.shop, load.file, { within: 10_000 })
  return ledger.verdicts.filter(({ breaches }) => breaches.length > 0)
}

test('errors planted in the real books are named: a lost message, a doubled effect, a wrong amount', async () => {
  const [mail = ''] = readdirSync(whole.shop.mails).filter((name) => name.startsWith('order-confirmed'))
  const order = mail.replace(/^order-confirmed\.(.*)@.*$/, '$1')
  rmSync(join(whole.shop.mails, mail))
  expect(await broken()).toMatchObject([
    { promise: 'one mail for each order’s end', breaches: [`order ${order} is confirmed, and no mail says so`] },
  ])

  await plant(
    'bank',
    `insert into authorizations (id, reference, currency, card, amount, captured, refunded, status)
     select 'again', reference, currency, card, amount, captured, refunded, status from authorizations where reference = '${order}'`,
  )
  expect(await broken()).toMatchObject([
    {
      promise: 'money captured at the bank is the total of confirmed orders',
      breaches: [expect.stringContaining(`order ${order} was captured 2 times`)],
    },
    { promise: 'payments has written down what the bank has' },
    { promise: 'one mail for each order’s end' },
  ])

  await plant('bank', `delete from authorizations where id = 'again'`)
  await plant('bank', `update authorizations set captured = captured - 1 where reference = '${order}'`)
  expect(await broken()).toMatchObject([
    {
      promise: 'money captured at the bank is the total of confirmed orders',
      breaches: [expect.stringMatching(new RegExp(`order ${order} costs .* and the bank captured`))],
    },
    {
      promise: 'payments has written down what the bank has',
      breaches: [expect.stringContaining(`order ${order}: captured is`)],
    },
    { promise: 'one mail for each order’s end' },
  ])
}, 120_000)

test('a message that is really lost is named by the step at which its order stands still', async () => {
  const { shop, world } = whole
  await whole.running('shipping').kill()
  const { file } = await runLoad({
    gatewayUrl: shop.gatewayUrl,
    access: { secret: shop.authSecret },
    orders: 1,
    rate: 1,
    folder,
  })
  await until(async () => (await world.depth('shipping')) === 1)
  const waiting = await checkLedger(shop, file, { within: 3_000 })
  expect(waiting.verdicts.find(({ promise }) => promise.startsWith('nothing is left in a queue'))?.breaches).toEqual([
    'shipping holds 1 message and 0 in hand',
  ])

  const channel = await world.channel(world.broker.admin.user)
  await channel.purgeQueue('shipping')
  const lost = await checkLedger(shop, file, { within: 3_000 })

  expect(holds(lost)).toBe(false)
  expect(report(lost)[0]).toMatch(/^✗ the shop did not come to rest within .*: 1 orders and 0 messages are under way$/)
  expect(lost.verdicts.find(({ promise }) => promise === 'no order is unfinished')?.breaches).toEqual([
    expect.stringMatching(/^order .* still stands on step shipment$/),
  ])
}, 120_000)
