/** `npm run kind:down`: removes the cluster that `npm run kind:up` created, with everything in it. */
import { runCommand } from './cli/run.ts'
import { kindDown, kindDownCommand } from './cluster/kind-up.ts'

await runCommand(kindDownCommand, () => kindDown((text) => process.stdout.write(text)))
