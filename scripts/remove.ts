/** `npm run remove`: ends for good what helm uninstall has paused. */
import { ifFound, kubernetes, readable } from './cluster/kubernetes.ts'
import { managementOf } from './cluster/management.ts'
import { aboutDatabase } from './cluster/remove/database.ts'
import { leftoversIn } from './cluster/remove/in-cluster.ts'
import { help, removeOptions, type RemoveOptions } from './cluster/remove/options.ts'
import { remove } from './cluster/remove/remove.ts'

try {
  const options = removeOptions(process.argv.slice(2))
  if (options) await removeFrom(options)
  else console.log(help)
  process.exit()
} catch (error) {
  console.error(readable(error).message)
  process.exit(1)
}

async function removeFrom(options: RemoveOptions) {
  const { handler, namespace, dryRun } = options
  const api = kubernetes()
  const management = await managementOf(api, namespace)
  await remove(options, leftoversIn(api, namespace, handler, management), (line) => console.log(line))
  if (dryRun) return
  const server = await ifFound(api.apps.readNamespacedStatefulSet({ namespace, name: 'postgres' }))
  console.log(`\n${aboutDatabase({ handler, namespace, inShop: server !== undefined })}`)
}
