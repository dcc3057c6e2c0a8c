/** `npm run kind:down`: removes the cluster that `npm run kind:up` made, with all that is in it. */
import { kindDown } from './cluster/kind-up.ts'

try {
  await kindDown((text) => process.stdout.write(text))
} catch (error) {
  console.error((error as Error).message)
  process.exitCode = 1
}
