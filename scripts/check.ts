/** `npm run check`: what can be known without running anything. */
import { existsSync } from 'node:fs'
import { loadManifests } from '#runtime/manifest/index.ts'
import { loadModule } from './build/load-module.ts'
import { contradictionsInCode } from './check/code.ts'
import { findings } from './check/findings.ts'
import { upgrades } from './check/upgrades.ts'
import { run } from './cluster/run-program.ts'
import { runCommand } from './cli/run.ts'
import { judge } from './contracts/judge.ts'
import { readLock } from './contracts/lock.ts'
import { contractsIn } from './send/message.ts'

const command = {
  name: 'npm run check',
  summary:
    'Checks types, each handler.yaml against its code, whether the handlers fit each other, and contracts against what was released.',
  options: {},
  notes: `Errors come with file and line. A warning is not a failure: what uses the message may come later. After an upgrade of
Warren, it also lists what has to be changed by hand.`,
}

await runCommand(command, async () => {
  const compiler = 'node_modules/typescript/bin/tsc'
  const typed = existsSync(compiler)
    ? await run([process.execPath, compiler, '--noEmit', '--pretty', 'false'])
    : undefined
  const manifests = loadManifests('handlers')
  const contracts = await loadModule<object>('handlers/contracts/index.ts')
  const { errors, warnings } = findings(manifests, contracts)
  const lock = readLock()
  const { breaking, unlocked } = judge(lock ?? {}, lock ? contractsIn(contracts) : new Map())
  const inCode = await Promise.all(manifests.map((manifest) => contradictionsInCode(manifest)))
  const wrong = [...(typed?.output.trim().split('\n').filter(Boolean) ?? []), ...inCode.flat(), ...errors, ...breaking]
  for (const sentence of wrong) console.error(`error: ${sentence}`)
  for (const sentence of [...warnings, ...unlocked, ...upgrades()]) console.log(`warning: ${sentence}`)
  if (!typed)
    console.log(
      'warning: types were not checked, because typescript is not installed: npm install --save-dev typescript',
    )
  if (wrong.length === 0) console.log(`${manifests.length} ${manifests.length === 1 ? 'handler' : 'handlers'} checked.`)
  return wrong.length === 0
})
