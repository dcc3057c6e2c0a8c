import type { PointsCommand, PointsEvent, State } from './points.ts'

/** Cents for which there is a point. */
const centsOfPoint = 100

const pointsFor = (cents: number) => Math.floor(cents / centsOfPoint)

/**
 * What a command leads to: no event at all if it came before, or came too late. An order earns once, and may arrive after its own
 * cancellation. The state needs the order of the command alone, not the others of the customer.
 */
export function decide(command: PointsCommand, { orders }: State): PointsEvent[] {
  const { orderId } = command
  const order = orders[orderId]
  switch (command.kind) {
    case 'confirmed':
      return order ? [] : [{ type: 'earned', orderId, total: command.total, points: pointsFor(command.total) }]
    case 'cancelled':
      if (!order) return [{ type: 'barred', orderId }]
      return order.status === 'cancelled'
        ? []
        : [{ type: 'taken back', orderId, points: order.points, because: 'cancelled' }]
    case 'refunded': {
      if (order?.status !== 'earned') return []
      const kept = pointsFor(Math.max(order.total - command.amount, 0))
      return [{ type: 'taken back', orderId, points: order.points - kept, because: 'returned' }]
    }
  }
}
