/** `npm run deploy`: the system on the cluster that kubectl talks to, without Skaffold. */
import { loadManifests } from '#runtime/manifest/index.ts'
import { runCommand } from './cli/run.ts'
import { deployCommand } from './cluster/deploy-command.ts'
import { deploy } from './cluster/deploy.ts'

const handlers = loadManifests('handlers').map(({ name }) => name)

await runCommand(deployCommand(handlers), (options) => deploy(options, handlers, (line) => console.log(line)))
