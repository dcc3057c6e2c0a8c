import type { AnyContract, Db, Received } from 'warren'
import { milestones, type Milestone } from './milestones.ts'

const milestoneOf = new Map<AnyContract, Milestone>(milestones.map((milestone) => [milestone.contract, milestone]))

export interface OrderEvent {
  readonly contract: AnyContract
  readonly data: { readonly orderId: string; readonly reason?: string; readonly trackingId?: string }
  readonly message: Received
}

/** Writes a group of events to the timelines of their orders with one statement. Events may arrive in any order and more than once. */
export async function recordEvents(events: readonly OrderEvent[], { db }: { db: Db }): Promise<void> {
  const rows = events.map(({ contract, data, message }) => {
    const { rank, status } = milestoneOf.get(contract) as Milestone
    const confirmed = status === 'confirmed'
    return {
      order_id: data.orderId,
      rank,
      type: contract.type,
      status,
      attempts: message.causeAttempts,
      reason: data.reason,
      tracking_id: confirmed ? data.trackingId : undefined,
      at: message.publishedAt,
    }
  })
  await db.query(
    `insert into timeline (order_id, rank, type, status, attempts, reason, tracking_id, at)
     select order_id, rank, type, status, attempts, reason, tracking_id, at from json_populate_recordset(null::timeline, $1)
     on conflict (order_id, rank) do nothing`,
    [JSON.stringify(rows)],
  )
}
