/** `npm run package`: what `npm pack` packs, in `dist/`. */
import { buildPackage } from './build/package.ts'
import { runCommand } from './cli/run.ts'

const command = {
  name: 'npm run package',
  summary: 'Builds the package warren in dist/; npm pack runs it first.',
  options: {},
}

await runCommand(command, async () => buildPackage())
