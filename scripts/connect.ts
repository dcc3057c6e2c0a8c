/** `npm run connect`: local ports that lead to the shop in a cluster, until Ctrl-C. */
import type { Values } from './cli/command.ts'
import { runCommand } from './cli/run.ts'
import { connectCommand } from './cluster/connect-command.ts'
import { connectShop } from './cluster/connect.ts'
import { readable } from './cluster/kubernetes.ts'
import { requireFreePort } from './servers/port-holder.ts'
import { invitation } from './shop/welcome.ts'

await runCommand(connectCommand, connectUntilStopped, readable)

async function connectUntilStopped({ namespace, data, port }: Values<typeof connectCommand.options>) {
  let stop = () => process.exit(130)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop())
  const gatewayPort = await chosen(port)
  console.log(`Connecting to the shop in namespace ${namespace} …`)
  const { shop, close } = await connectShop({ namespace, data, ...(gatewayPort !== undefined && { gatewayPort }) })
  console.log(`
${await invitation(shop.gatewayUrl, shop.authSecret)}

  gateway     ${shop.gatewayUrl}
  management  ${shop.managementUrl} (user and password: see ${data}/shop.json)
  mails       ${shop.mails ?? 'none: it has no mail sink'}
  load        npm run load -- --data ${data}
  watch       npm run watch${namespace === 'shop' ? '' : ` -- --namespace ${namespace}`}

Ctrl-C closes the connections; the shop keeps running.`)
  await new Promise<void>((stopped) => (stop = stopped as () => never))
  await close()
}

const usual = 8080

/** The port that was asked for, which must be free; else the usual one unless it is taken. */
async function chosen(port: number | undefined): Promise<number | undefined> {
  if (port !== undefined) {
    await requireFreePort(port, '--port')
    return port
  }
  return requireFreePort(usual, '--port').then(
    () => usual,
    () => undefined,
  )
}
