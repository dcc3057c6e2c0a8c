/** `npm run connect`: the cluster's shop within reach of this machine's programs, until Ctrl-C. */
import { connectOptions, help, type ConnectOptions } from './cluster/connect-options.ts'
import { connectShop } from './cluster/connect.ts'
import { readable } from './cluster/kubernetes.ts'
import { requireFreePort } from './servers/port-holder.ts'
import { firstOrder } from './shop/welcome.ts'

try {
  const options = connectOptions(process.argv.slice(2))
  if (options) await connectUntilStopped(options)
  else console.log(help)
  process.exit()
} catch (error) {
  console.error(readable(error).message)
  process.exit(1)
}

async function connectUntilStopped({ namespace, data, port }: ConnectOptions) {
  let stop = () => process.exit(130)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop())
  const gatewayPort = await chosen(port)
  console.log(`Connecting to the shop in namespace ${namespace} …`)
  const { shop, close } = await connectShop({ namespace, data, ...(gatewayPort !== undefined && { gatewayPort }) })
  const { place, follow } = await firstOrder(shop.gatewayUrl, shop.authSecret)
  console.log(`
Place an order:

${place}

and see what becomes of it:

${follow}

  gateway     ${shop.gatewayUrl}
  management  ${shop.managementUrl} (user and password are in ${data}/shop.json)
  mails       ${shop.mails ?? 'none: it has no mail sink'}
  load        npm run load -- --data ${data}
  watch       npm run watch${namespace === 'shop' ? '' : ` -- --namespace ${namespace}`}

Ctrl-C closes the connections; the shop goes on.`)
  await new Promise<void>((told) => (stop = told as () => never))
  await close()
}

const usual = 8080

/** The port that was asked for, which then must be free; else the usual one, unless somebody has it. */
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
