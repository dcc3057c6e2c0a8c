/** `npm run dead`: messages that could not be handled. */
import { loadManifests } from '#runtime/manifest/index.ts'
import { keepsOrder } from '#runtime/manifest/order.ts'
import { queueOfKey } from '#runtime/topology/index.ts'
import { runCommand } from './cli/run.ts'
import { chooseBroker, connectTo } from './dead/broker.ts'
import { deadCommand, requested } from './dead/dead-command.ts'
import { runDead } from './dead/run.ts'
import { databasesOf, findSystem } from './inspect/system.ts'

const manifests = loadManifests('handlers')
const handlers = manifests.map(({ name }) => name)

function systemUrls(data: string, outside: boolean): Record<string, string> {
  const system = outside ? undefined : findSystem(data)
  return system ? databasesOf(system) : {}
}

await runCommand(deadCommand(handlers), (values) =>
  runDead(requested(values), {
    connect: (request) => connectTo(chooseBroker(request, process.env), (line) => console.error(line)),
    handlers,
    subscriptions: manifests.flatMap(({ subscribes }) => subscribes),
    print: (line) => console.log(line),
    queueOf: ({ handler, origin }) =>
      queueOfKey(manifests.find(({ name }) => name === handler) ?? { name: handler }, origin.key),
    ordered: (request) => {
      const urls = systemUrls(request.data, request.outside)
      return Object.fromEntries(
        manifests.flatMap((manifest) =>
          keepsOrder(manifest) && urls[manifest.name] !== undefined ? [[manifest.name, urls[manifest.name]!]] : [],
        ),
      )
    },
  }),
)
