/** `npm run kind:down`: removes the cluster that `npm run kind:up` made, with all that is in it. */
import { downHelp, kindDown, wantsDown } from './cluster/kind-up.ts'

try {
  if (wantsDown(process.argv.slice(2))) await kindDown((text) => process.stdout.write(text))
  else console.log(downHelp)
} catch (error) {
  console.error((error as Error).message)
  process.exitCode = 1
}
