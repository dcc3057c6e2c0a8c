/** `npm run bench:checkout`: how fast orders go through, and what each part of the system spends on one. */
import { parseArgs } from 'node:util'
import { join } from 'node:path'
import { coldStarts } from './shop/bench/cold-start.ts'
import { startCore } from './shop/bench/core.ts'
import { startMeter } from './shop/bench/meter.ts'
import { placeOrders } from './shop/bench/orders.ts'
import { percentile } from './shop/bench/percentile.ts'
import { describeColdStarts, describeResult, type Result } from './shop/bench/report.ts'
import { runWholeShop } from './shop/bench/whole.ts'
import { startBroker, type LocalBroker } from './servers/broker.ts'
import { startDatabase, type LocalDatabase } from './servers/database.ts'

const help = `Measures the checkout on this machine, everything on it: broker, database, handlers and the driver.

npm run bench:checkout                    the core in groups of 100 and of 1, a cold start, and the whole shop over HTTP
  --orders <n>   orders of the core in groups of 100 (20,000); a tenth of it in groups of 1, a quarter over HTTP
  --rate <n>     orders a second asked for over HTTP (600)
  --only <part>  core, cold or whole
  --json         one JSON object instead of text
  --help         this text

The core is the saga with its deadline and its participants (orders, inventory, payments, shipping), a process each, with the bank
in process. Quorum queues, synchronous_commit on. Groups of 1 are the same code with one message in each transaction.`

const { values } = parseArgs({
  options: {
    orders: { type: 'string', default: '20000' },
    rate: { type: 'string', default: '600' },
    only: { type: 'string' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
})
if (values.help) {
  console.log(help)
} else {
  await measure(Number(values.orders), Number(values.rate), values.only)
}

async function measure(orders: number, rate: number, only: string | undefined) {
  const folder = join(process.cwd(), '.warren/bench')
  const [broker, database] = await Promise.all([
    startBroker({ folder: join(folder, 'broker'), quiet: true }),
    startDatabase({ folder: join(folder, 'database') }),
  ])
  const say = (text: string) => {
    if (!values.json) console.log(text)
  }
  const wanted = (part: string) => only === undefined || only === part
  const results: Record<string, unknown> = {}
  try {
    if (wanted('core')) {
      const grouped = await runCore(broker, database, 100, orders)
      say(describeResult(grouped))
      const single = await runCore(broker, database, 1, Math.ceil(orders / 10))
      say(describeResult(single))
      const ratio = (grouped.ordersPerSecond / single.ordersPerSecond).toFixed(1)
      say(`groups of 100 are ${ratio} times as fast as groups of 1`)
      Object.assign(results, { grouped, single })
    }
    if (wanted('cold')) {
      const core = await startCore(broker, database, 100)
      const admin = broker.url(broker.admin.user, broker.admin.password, core.vhost)
      const starts = await coldStarts(core, admin, 9)
      await core.stop()
      say(describeColdStarts(starts))
      Object.assign(results, { coldStarts: starts })
    }
    if (wanted('whole')) {
      const whole = await runWholeShop(broker, database, Math.ceil(orders / 4), rate)
      say(describeResult(whole))
      Object.assign(results, { whole })
    }
    if (values.json) console.log(JSON.stringify(results))
  } finally {
    await Promise.all([broker.stop(), database.stop()])
  }
}

async function runCore(broker: LocalBroker, database: LocalDatabase, groupOf: number, orders: number): Promise<Result> {
  const core = await startCore(broker, database, groupOf)
  try {
    await placeOrders(core.driverUrl, Math.min(1_000, orders), 200)
    const parts = [...core.processes].map(([name, { pid = 0 }]) => [name, pid] as const)
    const meter = startMeter(
      new Map([['rabbitmq', broker.pid], ['postgresql', database.pid], ['driver', process.pid], ...parts]),
    )
    const { seconds, latencies } = await placeOrders(core.driverUrl, orders, 1_000)
    return {
      what: `core in groups of ${groupOf}`,
      orders,
      ordersPerSecond: Math.round(orders / seconds),
      p50: Math.round(percentile(latencies, 0.5)),
      p99: Math.round(percentile(latencies, 0.99)),
      shares: meter(orders),
    }
  } finally {
    await core.stop()
  }
}
