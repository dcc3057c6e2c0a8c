import { OrderCancellationRefused } from '#contracts'
import { cancelRequested, milestoneOf, type Status } from './milestones.ts'

/** What the gateway has recorded of an order. */
interface Recorded {
  readonly status: Status
  readonly createdAt: Date
  /** Types of messages, and when each was sent. */
  readonly timeline: readonly { readonly type: string; readonly at: string }[]
}

/**
 * What an order waits for: the step after its last milestone, or its cancellation once that is requested. An order that has ended waits
 * for nothing.
 */
export function waits({ status, createdAt, timeline }: Recorded): { step: string; since: string } | undefined {
  if (status === 'confirmed' || status === 'cancelled') return undefined
  const reached = timeline.flatMap(({ type, at }) => {
    const milestone = milestoneOf.get(type)
    return milestone ? [{ ...milestone, at }] : []
  })
  const [last] = reached.filter((each) => each.status).sort((one, other) => other.rank - one.rank)
  const isRefused = reached.some(({ contract }) => contract === OrderCancellationRefused)
  const requested = isRefused ? undefined : reached.find(({ contract }) => contract === cancelRequested.contract)
  const cancellation = last?.status === 'cancelling' ? last : requested
  if (cancellation) return { step: 'cancellation', since: new Date(cancellation.at).toISOString() }
  return last?.next === undefined
    ? { step: 'order', since: createdAt.toISOString() }
    : { step: last.next, since: new Date(last.at).toISOString() }
}
