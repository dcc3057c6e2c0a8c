/** `npm run kind:up`: from nothing to the shop on a Kubernetes of this machine. */
import { help, kindOptions, kindUp } from './cluster/kind-up.ts'

try {
  const options = kindOptions(process.argv.slice(2))
  if (options) await kindUp(options, (text) => process.stdout.write(text))
  else console.log(help)
} catch (error) {
  console.error((error as Error).message)
  process.exitCode = 1
}
