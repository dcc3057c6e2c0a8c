import { clockOff } from '../testbed/clock.ts'
import { until } from '../testbed/until.ts'
import { startWholeShop, type WholeShop } from '../shop/whole-shop.ts'
import { cell, placeOrder } from './books-of-an-order.ts'
import { patiently } from './at-rest.ts'

let shop: WholeShop

beforeAll(async () => {
  shop = await startWholeShop()
}, 120_000)

afterAll(() => shop?.close())

const flow =
  'order.created.v1 stock.reserved.v1 payment.authorized.v1 shipment.scheduled.v1 payment.captured.v1 stock.committed.v1 order.confirmed.v1'

test.each(['orders', 'payments'])(
  'with the clock of %s an hour ahead, the timeline of an order is in order and shows the right times',
  async (handler) => {
    await shop.running(handler).kill()
    await shop.start(handler, clockOff(3_600_000))
    const orderId = await placeOrder(shop)
    const timeline = () =>
      cell<string>(
        shop,
        'gateway',
        `select string_agg(type, ' ' order by at, rank) as cell from timeline where order_id = $1`,
        [orderId],
      )
    await until(async () => (await timeline())?.split(' ').length === 7, patiently)
    expect(await timeline()).toBe(flow)
    const offBy = `select max(abs(extract(epoch from now() - at)))::int as cell from timeline where order_id = $1`
    expect(await cell<number>(shop, 'gateway', offBy, [orderId])).toBeLessThan(600)
  },
)
