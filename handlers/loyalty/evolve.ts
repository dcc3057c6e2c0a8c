import type { OrderPoints, PointsEvent, State } from './points.ts'

/** The state after an event. Events are facts: it refuses none. */
export function evolve(state: State, event: PointsEvent): State {
  const before = state.orders[event.orderId] ?? { total: 0, points: 0, status: 'cancelled' }
  const after = orderAfter(before, event)
  return {
    points: state.points + after.points - before.points,
    orders: { ...state.orders, [event.orderId]: after },
  }
}

function orderAfter(order: OrderPoints, event: PointsEvent): OrderPoints {
  switch (event.type) {
    case 'earned':
      return { total: event.total, points: event.points, status: 'earned' }
    case 'taken back':
      return { ...order, points: order.points - event.points, status: event.because }
    case 'barred':
      return { total: 0, points: 0, status: 'cancelled' }
  }
}
