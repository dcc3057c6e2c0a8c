import type { Subscription } from '../on.ts'
import { placeOf, type Mistake } from './place.ts'
import type { Manifest } from './schema.ts'

/** What contradicts `records: all` in a `handler.yaml`, one sentence each. */
export function recordContradictions(manifest: Manifest): Mistake[] {
  const { records, database, handles, subscribes, ordered, partitions } = manifest
  if (records === undefined) return []
  const listed: (readonly [keyof Manifest, boolean])[] = [
    ['handles', handles.length > 0],
    ['subscribes', subscribes.length > 0],
    ['ordered', ordered],
    ['partitions', partitions !== undefined],
  ]
  return [
    ...(database
      ? []
      : [
          { path: ['database'], sentence: 'database must be true, because records needs an inbox to record each once' },
        ]),
    ...listed
      .filter(([, set]) => set)
      .map(([key]) => ({ path: [key], sentence: `${key} must not be set beside records, which takes every message` })),
  ]
}

/** Where code and `handler.yaml` disagree about `records`, one sentence each. */
export function recordAgreement(manifest: Manifest, subscriptions: readonly Subscription[]): string[] {
  const coded = subscriptions.filter(({ records }) => records).length
  if (manifest.records === undefined && coded > 0)
    return [`${placeOf(manifest, 'records')}: records must be all, because handler.ts calls onRecord`]
  if (manifest.records !== undefined && coded !== 1)
    return [`${placeOf(manifest, 'records')}: records needs exactly one onRecord in handler.ts (got ${coded})`]
  return []
}
