import { join } from 'node:path'
import type { Handler } from 'warren'
import { agreement, lint, refusals, type Manifest } from '#runtime/manifest/index.ts'
import { portsWithoutWorld } from '#runtime/prepare/ports.ts'
import { loadModule } from '../build/load-module.ts'

/**
 * Compares the code of a handler with its `handler.yaml`: the messages, and the numbers that must fit each other.
 *
 * @returns one sentence for each contradiction, with the file
 * @throws what the code itself throws when it is loaded
 */
export async function contradictionsInCode(manifest: Manifest): Promise<string[]> {
  const folder = join('handlers', manifest.name)
  const { default: definition } = await loadModule<{ default?: Handler }>(join(folder, 'handler.ts'))
  if (typeof definition?.subscriptions !== 'function')
    return [
      `${folder}/handler.ts has no default export of handler({ … }): add export default handler({ subscriptions })`,
    ]
  const subscriptions = definition.subscriptions(portsWithoutWorld(definition, manifest))
  const hasCall = subscriptions.some(({ call }) => call !== undefined)
  const numbers = subscriptions.length > 0 ? lint(manifest, hasCall) : []
  return [...agreement(manifest, subscriptions), ...refusals(manifest, hasCall), ...numbers]
}
