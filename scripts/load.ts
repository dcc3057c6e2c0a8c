import { join } from 'node:path'
import { checkLedger, holds, report } from './shop/ledger/ledger.ts'
import { help, readCommand, type Command } from './shop/load/options.ts'
import { bar, progressOn } from './shop/load/progress.ts'
import { runLoad } from './shop/load/run.ts'
import { summary } from './shop/load/summary.ts'
import { readShop, wholeShop, type ReachableShop } from './inspect/shop.ts'

try {
  const command = readCommand(process.argv.slice(2))
  if (!command) console.log(help)
  else if (command.does === 'check') await checked(readShop(command.data), command.file)
  else await loaded(command)
} catch (error) {
  console.error((error as Error).message)
  process.exitCode = 2
}

async function loaded({ orders, rate, data, url, token }: Command & { does: 'load' }) {
  const shop = url === undefined ? readShop(data) : undefined
  const progress = progressOn(process.stdout)
  const load = await runLoad({
    gatewayUrl: shop?.gatewayUrl ?? url!,
    access: shop ? { secret: shop.authSecret } : { token: token! },
    orders,
    rate,
    folder: join(data, 'load'),
    progress: ({ accepted, left, retries }) =>
      progress.show(
        `${bar(accepted + left, orders)} ${accepted + left} of ${orders} orders asked for, ${retries} retries`,
      ),
  })
  progress.end()
  summary(load).forEach((line) => console.log(line))
  if (shop) await checked(shop, load.file)
  else console.log('Its books are not known here, so none were compared.')
}

async function checked(reachable: ReachableShop, file: string) {
  const shop = wholeShop(reachable)
  const progress = progressOn(process.stdout)
  const ledger = await checkLedger(shop, file, {
    progress: ({ orders, messages, confirmed, cancelled }) =>
      progress.show(
        `waiting for rest: ${orders} orders and ${messages} messages under way, ${confirmed} confirmed, ${cancelled} cancelled`,
      ),
  })
  progress.end()
  report(ledger).forEach((line) => console.log(line))
  if (!holds(ledger)) process.exitCode = 1
}
