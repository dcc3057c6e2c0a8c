/** `npm run remove`: removes for good what helm uninstall leaves of a handler. */
import { runCommand } from './cli/run.ts'
import { ifFound, kubernetes, readable } from './cluster/kubernetes.ts'
import { managementOf } from './cluster/management.ts'
import { aboutDatabase } from './cluster/remove/database.ts'
import { leftoversIn } from './cluster/remove/in-cluster.ts'
import { removeCommand, type RemoveOptions } from './cluster/remove/remove-command.ts'
import { remove } from './cluster/remove/remove.ts'

await runCommand(removeCommand, removeHandler, readable)

async function removeHandler(options: RemoveOptions) {
  const { handler, namespace, dryRun } = options
  const api = kubernetes()
  const management = await managementOf(api, namespace)
  await remove(options, leftoversIn(api, namespace, handler, management), (line) => console.log(line))
  if (dryRun) return
  const server = await ifFound(api.apps.readNamespacedStatefulSet({ namespace, name: 'postgres' }))
  console.log(`\n${aboutDatabase({ handler, namespace, inNamespace: server !== undefined })}`)
}
