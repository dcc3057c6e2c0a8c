/** `npm run bench:checkout`: how fast orders go through, and what each part of the system spends on one. */
import { join } from 'node:path'
import type { Command, Values } from '../cli/command.ts'
import { count, flag, oneOf } from '../cli/options.ts'
import { runCommand } from '../cli/run.ts'
import { coldStarts } from './bench/cold-start.ts'
import { startCore } from './bench/core.ts'
import { startMeter } from './bench/meter.ts'
import { placeOrders } from './bench/orders.ts'
import { percentile } from './percentile.ts'
import { describeColdStarts, describeResult, type Result } from './bench/report.ts'
import { runWholeShop } from './bench/whole.ts'
import { startBroker, type LocalBroker } from '../servers/broker.ts'
import { startDatabase, type LocalDatabase } from '../servers/database.ts'

const options = {
  orders: count({
    default: 20_000,
    meaning: 'orders of the core in groups of 100; a tenth of it in groups of 1, a quarter over HTTP',
  }),
  rate: count({ default: 600, meaning: 'orders a second asked for over HTTP' }),
  only: oneOf(['core', 'cold', 'whole'], { value: 'part', meaning: 'measure one part: core, cold or whole' }),
  json: flag('print one JSON object instead of text'),
}

const command: Command<typeof options> = {
  name: 'npm run bench:checkout',
  summary: 'Measures the checkout with everything on this machine: broker, database, handlers and the driver.',
  options,
  notes: `core   The saga with its deadline and its participants (orders, inventory, payments, shipping), a process each, with the bank in
       process. Groups of 1 are the same code with one message in each transaction. The journal is not
       among them.
cold   How long a handler takes from its start until its first message is handled.
whole  The whole shop over HTTP.

Quorum queues, synchronous_commit on.`,
}

await runCommand(command, measure)

async function measure({ orders, rate, only, json }: Values<typeof options>) {
  const folder = join(process.cwd(), '.warren/bench')
  const [broker, database] = await Promise.all([
    startBroker({ folder: join(folder, 'broker'), quiet: true }),
    startDatabase({ folder: join(folder, 'database') }),
  ])
  const say = (text: string) => {
    if (!json) console.log(text)
  }
  const wanted = (part: typeof only) => only === undefined || only === part
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
    if (json) console.log(JSON.stringify(results))
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
      p50: Math.round(percentile(latencies, 50)),
      p99: Math.round(percentile(latencies, 99)),
      shares: meter(orders),
    }
  } finally {
    await core.stop()
  }
}
