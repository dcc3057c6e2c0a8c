/** `npm run lint`, behind ESLint: what the `handler.yaml` files say together. */
import * as contracts from '#contracts'
import { loadManifests } from '#runtime/manifest/index.ts'
import { runCommand } from './cli/run.ts'
import { findings } from './lint/findings.ts'

const command = {
  name: 'npm run lint',
  summary: 'Checks all sources with ESLint, then whether the handlers fit each other.',
  options: {},
  notes: 'A warning is not a failure: what uses the message may come later.',
}

await runCommand(command, async () => {
  const { errors, warnings } = findings(loadManifests('handlers'), contracts)
  for (const sentence of errors) console.error(`error: ${sentence}`)
  for (const sentence of warnings) console.log(`warning: ${sentence}`)
  return errors.length === 0
})
