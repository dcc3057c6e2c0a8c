/** `npm run load`: orders for a running shop, then one line per promise: kept or broken. */
import { join } from 'node:path'
import { bar, progressLine } from '../cli/progress.ts'
import { runCommand } from '../cli/run.ts'
import { readSystem, type System } from '../inspect/system.ts'
import { gatewayOf, wholeShop } from './shop.ts'
import { checkLedger, holds, report } from './ledger/ledger.ts'
import { loadCommand, requested, type Task } from './load/load-command.ts'
import { runLoad } from './load/run.ts'
import { summary } from './load/summary.ts'

await runCommand(loadCommand, (values) => {
  const task = requested(values)
  return task.does === 'check' ? check(readSystem(task.data), task.file) : load(task)
})

async function load({ orders, rate, vip, data, other }: Task & { does: 'load' }): Promise<boolean> {
  const own = other ? undefined : readSystem(data)
  const gateway = own && gatewayOf(own)
  const target = gateway
    ? { gatewayUrl: gateway.gatewayUrl, access: { secret: gateway.authSecret, vips: vip } }
    : { gatewayUrl: other!.url, access: { token: other!.token } }
  const progress = progressLine(process.stdout)
  const load = await runLoad({
    ...target,
    orders,
    rate,
    folder: join(data, 'load'),
    progress: ({ accepted, left, retries }) =>
      progress.show(
        `${bar(accepted + left, orders)} ${accepted + left} of ${orders} orders placed, ${retries} retries`,
      ),
  })
  progress.end()
  summary(load).forEach((line) => console.log(line))
  if (own) return check(own, load.file)
  console.log('The books of another shop cannot be read, so none were checked.')
  return true
}

/** Compares a load's file with the shop's books. */
async function check(system: System, file: string): Promise<boolean> {
  const shop = wholeShop(system)
  const progress = progressLine(process.stdout)
  const ledger = await checkLedger(shop, file, {
    progress: ({ orders, messages, confirmed, cancelled }) =>
      progress.show(
        `waiting for rest: ${orders} orders and ${messages} messages under way, ${confirmed} confirmed, ${cancelled} cancelled`,
      ),
  })
  progress.end()
  report(ledger).forEach((line) => console.log(line))
  return holds(ledger)
}
