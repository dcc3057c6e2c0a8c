/** `npm run replay`: sends what the journal has to one handler again. */
import type { Handler } from 'warren'
import { loadManifests } from '#runtime/manifest/index.ts'
import { portsWithoutWorld } from '#runtime/prepare/ports.ts'
import { loadModule } from './build/load-module.ts'
import { runCommand } from './cli/run.ts'
import { readSystem } from './inspect/system.ts'
import { replayCommand } from './replay/replay-command.ts'
import { runReplay } from './replay/run.ts'

await runCommand(replayCommand, (request) =>
  runReplay(request, {
    system: readSystem(request.data),
    manifests: loadManifests('handlers'),
    subscriptionsOf: async (manifest) => {
      const { default: definition } = await loadModule<{ default: Handler }>(`handlers/${manifest.name}/handler.ts`)
      return definition.subscriptions(portsWithoutWorld(definition, manifest))
    },
    print: (line) => console.log(line),
    complain: (line) => console.error(line),
  }),
)
