/** `npm run dead`: messages that could not be handled. */
import { loadManifests } from '#runtime/manifest/index.ts'
import { runCommand } from './cli/run.ts'
import { chooseBroker, connectTo } from './dead/broker.ts'
import { deadCommand, requested } from './dead/dead-command.ts'
import { runDead } from './dead/run.ts'

const handlers = loadManifests('handlers').map(({ name }) => name)

await runCommand(deadCommand(handlers), (values) =>
  runDead(requested(values), {
    connect: (request) => connectTo(chooseBroker(request, process.env), (line) => console.error(line)),
    handlers,
    print: (line) => console.log(line),
  }),
)
