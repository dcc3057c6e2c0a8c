/** `npm run send`: one message by hand. */
import { loadManifests } from '#runtime/manifest/index.ts'
import { loadModule } from './build/load-module.ts'
import { runCommand } from './cli/run.ts'
import { readSystem } from './inspect/system.ts'
import { contractsIn } from './send/message.ts'
import { runSend } from './send/run.ts'
import { sendCommand } from './send/send-command.ts'

await runCommand(sendCommand, async (request) =>
  runSend(request, {
    system: readSystem(request.data),
    contracts: contractsIn(await loadModule('handlers/contracts/index.ts')),
    manifests: loadManifests('handlers'),
    print: (line) => console.log(line),
  }),
)
