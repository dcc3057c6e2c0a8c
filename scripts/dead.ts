/** `npm run dead`: messages that could not be handled. */
import { connect } from 'amqplib'
import { loadManifests } from '#runtime/manifest/index.ts'
import { runCommand } from './cli/run.ts'
import { deadCommand, requested } from './dead/dead-command.ts'
import { runDead } from './dead/run.ts'
import { readShop } from './inspect/shop.ts'

const handlers = loadManifests('handlers').map(({ name }) => name)

await runCommand(deadCommand(handlers), (values) =>
  runDead(requested(values), {
    connect: (data) => connect(process.env.AMQP_URL ?? readShop(data).amqpUrl),
    handlers,
    print: (line) => console.log(line),
  }),
)
