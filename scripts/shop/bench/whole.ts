import type { LocalBroker } from '../../servers/broker.ts'
import type { LocalDatabase } from '../../servers/database.ts'
import { startWholeShop } from '../whole-shop.ts'
import { until } from '../../testbed/until.ts'
import { approvedOrder } from '../load/orders.ts'
import { runLoad } from '../load/run.ts'
import { startMeter } from './meter.ts'
import { percentile } from '../percentile.ts'
import type { Result } from './report.ts'
import { clientOf } from '#runtime/database/client.ts'

/** Measures the shop as shipped, over HTTP, with bank and mail, one process for each handler. All orders go through, because slow and failing ones would be timed too. */
export async function runWholeShop(
  broker: LocalBroker,
  database: LocalDatabase,
  orders: number,
  rate: number,
): Promise<Result> {
  const shop = await startWholeShop({ broker, database })
  try {
    const parts = new Map([
      ['rabbitmq', broker.pid],
      ['postgresql', database.pid],
      ['driver and mail sink', process.pid],
      ...shop.handlers.map((name) => [name, shop.running(name).pid] as const),
    ])
    const access = { secret: shop.shop.authSecret }
    const folder = `${process.cwd()}/.warren/bench/load`
    await runLoad({ gatewayUrl: shop.shop.gatewayUrl, access, orders: 300, rate: 100, folder, plan: approvedOrder })
    const sagas = clientOf(shop.world.databaseUrl('orders'))
    await sagas.connect()
    const unfinished = async () =>
      (await sagas.query<{ count: string }>(`select count(*) from sagas where status = 'running'`)).rows[0]?.count
    await until(async () => (await unfinished()) === '0', { within: 60_000 })

    const meter = startMeter(parts)
    const begun = performance.now()
    const load = await runLoad({ gatewayUrl: shop.shop.gatewayUrl, access, orders, rate, folder, plan: approvedOrder })
    await until(async () => (await unfinished()) === '0', { within: 120_000 })
    const seconds = (performance.now() - begun) / 1_000
    await sagas.end()
    return {
      what: `whole shop over HTTP, ${rate} orders/s asked for (the times are those of its 202)`,
      orders,
      ordersPerSecond: Math.round(orders / seconds),
      p50: Math.round(percentile(load.latencies, 50)),
      p99: Math.round(percentile(load.latencies, 99)),
      shares: meter(orders),
    }
  } finally {
    await shop.close()
  }
}
