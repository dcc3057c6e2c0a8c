import type { QueueTotals } from '../inspect/queues.ts'
import type { Kept } from './databases.ts'
import type { Family } from './family.ts'
import type { Pause } from './operation.ts'
import type { Waiting } from './waiting.ts'

/** Everything that was found of the operations. */
export interface Evidence {
  readonly family: Family
  /** Messages in retry tiers and among the dead letters. */
  readonly waiting: readonly Waiting[]
  /** Messages in timers and outboxes. */
  readonly kept: readonly Kept[]
  readonly queues: ReadonlyMap<string, QueueTotals>
  readonly pauses: ReadonlyMap<string, Pause>
}
