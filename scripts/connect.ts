/** `npm run connect`: local ports that lead to the system in a cluster, until Ctrl-C. */
import type { Values } from './cli/command.ts'
import { runCommand } from './cli/run.ts'
import { connectCommand } from './cluster/connect-command.ts'
import { connectSystem } from './cluster/connect.ts'
import { readable } from './cluster/kubernetes.ts'
import { requireFreePort } from './servers/port-holder.ts'
import { welcome } from './local/welcome.ts'

await runCommand(connectCommand, connectUntilStopped, readable)

async function connectUntilStopped({ namespace, data, port }: Values<typeof connectCommand.options>) {
  let stop = () => process.exit(130)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop())
  const chosenPort = await chosen(port)
  console.log(`Connecting to the system in namespace ${namespace} …`)
  const { system, close } = await connectSystem({
    namespace,
    data,
    ...(chosenPort !== undefined && { port: chosenPort }),
  })
  const urls = Object.entries(system.handlers).flatMap(([name, { url }]) => (url === undefined ? [] : [[name, url]]))
  const places = [...urls, ['management', `${system.managementUrl} (user and password: see ${data}/system.json)`]]
  const width = Math.max(...places.map(([name = '']) => name.length))
  console.log(`
${await welcome(system)}

${places.map(([name = '', place]) => `  ${name.padEnd(width)}  ${place}`).join('\n')}
  ${'mails'.padEnd(width)}  ${system.mails ?? 'none: it has no mail sink'}

Ctrl-C closes the connections; the system keeps running.`)
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
