/** `npm run kind:up`: from nothing to the system on a Kubernetes cluster of this machine. */
import { runCommand } from './cli/run.ts'
import { kindUp, kindUpCommand } from './cluster/kind-up.ts'

await runCommand(kindUpCommand, (options) => kindUp(options, (text) => process.stdout.write(text)))
