import type { Handler } from 'warren'
import { clientOf } from '#runtime/database/client.ts'
import type { Manifest } from '#runtime/manifest/index.ts'
import { portsWithoutWorld } from '#runtime/prepare/ports.ts'
import { planSchedules } from '#runtime/prepare/schedules.ts'
import { loadModule } from '../build/load-module.ts'
import { runsIn, type ScheduledRun } from '../inspect/schedules.ts'

/**
 * Stores the next runs of the schedules in the code of handlers, as the prepare Job does in the cluster.
 *
 * @param databases the URL of each handler's database
 * @returns all next runs, the earliest first
 */
export async function storeNextRuns(
  manifests: readonly Manifest[],
  databases: Readonly<Record<string, string>>,
): Promise<ScheduledRun[]> {
  const runs = manifests.map(async (manifest) => {
    const url = databases[manifest.name]
    if (url === undefined) return []
    const { default: definition } = await loadModule<{ default: Handler }>(`handlers/${manifest.name}/handler.ts`)
    const client = clientOf(url, { connectionTimeoutMillis: 5_000 })
    await client.connect()
    try {
      await planSchedules(client, definition.subscriptions(portsWithoutWorld(definition, manifest)))
      return await runsIn(client, manifest.name)
    } finally {
      await client.end()
    }
  })
  return (await Promise.all(runs)).flat().sort((one, other) => +one.due - +other.due)
}
