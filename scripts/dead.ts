/** `npm run dead`: messages that could not be handled. */
import { loadManifests } from '#runtime/manifest/index.ts'
import { runCommand } from './cli/run.ts'
import { chooseBroker, connectTo } from './dead/broker.ts'
import { deadCommand, requested } from './dead/dead-command.ts'
import { runDead } from './dead/run.ts'

const manifests = loadManifests('handlers')
const handlers = manifests.map(({ name }) => name)

await runCommand(deadCommand(handlers), (values) =>
  runDead(requested(values), {
    connect: (request) => connectTo(chooseBroker(request, process.env), (line) => console.error(line)),
    handlers,
    subscriptions: manifests.flatMap(({ subscribes }) => subscribes),
    print: (line) => console.log(line),
  }),
)
