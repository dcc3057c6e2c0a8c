import { join } from 'node:path'
import type { Handler } from 'warren'
import { agreement, lint, notAHandler, refusals, type Manifest } from '#runtime/manifest/index.ts'
import { portsWithoutWorld } from '#runtime/prepare/ports.ts'
import { loadModule } from '../build/load-module.ts'
import { usesOfNoDatabase } from './needs-database.ts'

/**
 * Compares the code of a handler with its `handler.yaml`: the messages, and the numbers that must fit each other.
 *
 * @returns one sentence for each contradiction, with file and line, or what kept the code from being loaded
 */
export async function contradictionsInCode(manifest: Manifest, root = process.cwd()): Promise<string[]> {
  try {
    const path = join('handlers', manifest.name, 'handler.ts')
    const { default: definition } = await loadModule<{ default?: Handler }>(path, root)
    const flaw = notAHandler(manifest, definition)
    if (!definition || flaw !== undefined) return [flaw ?? path]
    const subscriptions = definition.subscriptions(portsWithoutWorld(definition, manifest))
    const hasCall = subscriptions.some(({ call }) => call !== undefined)
    const numbers = subscriptions.length > 0 ? lint(manifest, hasCall) : []
    return [
      ...usesOfNoDatabase(manifest, root),
      ...agreement(manifest, subscriptions),
      ...refusals(manifest, hasCall),
      ...numbers,
    ]
  } catch (error) {
    return [(error as Error).message]
  }
}
