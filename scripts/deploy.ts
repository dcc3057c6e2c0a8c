/** `npm run deploy`: the shop on the cluster that kubectl talks to, for those without Skaffold. */
import { loadManifests } from '#runtime/manifest/index.ts'
import { deployOptions, help } from './cluster/deploy-options.ts'
import { deploy } from './cluster/deploy.ts'

try {
  const handlers = loadManifests('handlers').map(({ name }) => name)
  const options = deployOptions(process.argv.slice(2), handlers)
  if (!options) console.log(help)
  else if (!(await deploy(options, handlers, (line) => console.log(line)))) process.exitCode = 1
} catch (error) {
  console.error((error as Error).message)
  process.exitCode = 2
}
