import { keepsOrder } from './order.ts'
import type { Mistake } from './place.ts'
import type { Manifest } from './schema.ts'

const hour = 3_600_000

/** What contradicts the redrive that a `handler.yaml` asks for, one sentence each. */
export function redriveContradictions(manifest: Manifest): Mistake[] {
  const { redrive } = manifest
  if (!redrive) return []
  const { every } = redrive
  // Cron knows no other times, and a laptop keeps to those of the cluster.
  const fits =
    every <= hour ? hour % every === 0 && every % 60_000 === 0 : (24 * hour) % every === 0 && every % hour === 0
  return [
    ...(fits
      ? []
      : [
          {
            path: ['redrive', 'every'],
            sentence: `redrive.every must divide an hour into whole minutes or a day into whole hours, such as 15m, 1h or 1d (got ${every / 1_000}s)`,
          },
        ]),
    ...(keepsOrder(manifest)
      ? [
          {
            path: ['redrive'],
            sentence:
              'redrive must not be set beside ordered or partitions: what they cannot handle is parked in the database, in its place',
          },
        ]
      : []),
  ]
}
