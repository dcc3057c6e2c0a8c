import type { Subscription } from '../on.ts'
import { placeOf } from './place.ts'
import type { Manifest } from './schema.ts'

/** What the schedules of a handler lack, one sentence each. */
export function scheduleAgreement(manifest: Manifest, subscriptions: readonly Subscription[]): string[] {
  const names = subscriptions.flatMap(({ schedule }) => schedule?.name ?? [])
  const twice = new Set(names.filter((name, index) => names.indexOf(name) < index))
  return [
    ...(names.length > 0 && !manifest.database
      ? [
          `${placeOf(manifest, 'database')}: database must be true, because handler.ts has the schedule ${names[0]}, whose next run is stored there`,
        ]
      : []),
    ...[...twice].map((name) => `handlers/${manifest.name}/handler.ts: two schedules are named ${name}: rename one`),
  ]
}
