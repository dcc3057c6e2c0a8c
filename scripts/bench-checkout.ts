import pg from 'pg'
import { startBroker } from './local/broker.ts'
import { startDatabase } from './local/database.ts'
import { startCore } from './bench/core.ts'
import { percentile, placeOrders } from './bench/orders.ts'
import { processorSeconds, residentMegabytes } from './bench/processor-time.ts'

const orders = Number(process.env.ORDERS ?? 10_000)
const [broker, database] = await Promise.all([
  startBroker({ folder: process.cwd() + '/.warren/bench/broker', quiet: true }),
  startDatabase({ folder: process.cwd() + '/.warren/bench/database' }),
])
try {
  for (const groupOf of (process.env.GROUPS_OF ?? '100,1').split(',').map(Number)) {
    const core = await startCore(broker, database, groupOf)
    await placeOrders(core.driverUrl, 500, 100)
    const parts = new Map([['rabbitmq', broker.pid], ['postgresql', database.pid], ['driver', process.pid], ...[...core.processes].map(([name, child]) => [name, child.pid ?? 0] as const)])
    const handlersIn = [...core.processes.values()].map(({ pid }) => pid)
    const before = new Map([...parts].map(([name, pid]) => [name, cpu(name, pid)]))
    const run = await placeOrders(core.driverUrl, groupOf === 1 ? Math.ceil(orders / 5) : orders, 1_000)
    console.log(`groups of ${groupOf}: ${Math.round(run.orders / run.seconds)} orders/s, p50 ${percentile(run.latencies, 0.5).toFixed(0)} ms, p99 ${percentile(run.latencies, 0.99).toFixed(0)} ms, cancelled ${run.cancelled}`)
    for (const [name, pid] of parts) console.log(`  ${name.padEnd(12)} ${(((cpu(name, pid) - (before.get(name) ?? 0)) * 1e6) / run.orders).toFixed(0).padStart(6)} us/order ${String(residentMegabytes(pid)).padStart(6)} MB`)
    void handlersIn
    if (process.env.STAT) { const c = new pg.Client(database.adminUrl); await c.connect(); await c.query('create extension if not exists pg_stat_statements'); const { rows } = await c.query("select substr(regexp_replace(query, '\\s+', ' ', 'g'), 1, 70) q, calls, round(total_exec_time::numeric) ms, round((total_exec_time*1000/calls)::numeric) us, round(total_plan_time::numeric) plan, rows from pg_stat_statements order by total_exec_time desc limit 22"); console.table(rows); await c.end() }
    await core.stop()
  }
} finally {
  await Promise.all([broker.stop(), database.stop()])
}
function cpu(name: string, pid: number) {
  if (name === 'driver') { const { user, system } = process.cpuUsage(); return (user + system) / 1e6 }
  return processorSeconds(pid)
}
