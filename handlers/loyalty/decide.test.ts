import fc from 'fast-check'
import { decide } from './decide.ts'
import { evolve } from './evolve.ts'
import { nothing, type PointsCommand, type PointsEvent, type State } from './points.ts'

const confirmed = (total: number, orderId = 'one'): PointsCommand => ({ kind: 'confirmed', orderId, total })
const refunded = (amount: number, orderId = 'one'): PointsCommand => ({ kind: 'refunded', orderId, amount })
const cancelled = (orderId = 'one'): PointsCommand => ({ kind: 'cancelled', orderId })

/** The events that commands lead to, each decided on the state that follows from the events before it. */
function eventsOf(...commands: PointsCommand[]): PointsEvent[] {
  return commands.reduce<PointsEvent[]>((events, command) => {
    return [...events, ...decide(command, events.reduce(evolve, nothing))]
  }, [])
}
const stateAfter = (...commands: PointsCommand[]): State => eventsOf(...commands).reduce(evolve, nothing)

test('a confirmed order earns a point for every whole 100 cents', () => {
  expect(eventsOf(confirmed(4_299))).toEqual([{ type: 'earned', orderId: 'one', total: 4_299, points: 42 }])
  expect(stateAfter(confirmed(99)).points).toBe(0)
  expect(stateAfter(confirmed(100), confirmed(250, 'other')).points).toBe(3)
})

test('a cancelled order gives its points back, whichever of the two events arrives first', () => {
  expect(stateAfter(confirmed(4_299), cancelled()).points).toBe(0)
  expect(stateAfter(cancelled(), confirmed(4_299)).points).toBe(0)
  expect(eventsOf(cancelled(), confirmed(4_299))).toEqual([{ type: 'barred', orderId: 'one' }])
})

test('a refund leaves the points of what was kept, and more than was paid leaves none', () => {
  expect(stateAfter(confirmed(4_299), refunded(4_299)).points).toBe(0)
  expect(stateAfter(confirmed(4_299), refunded(1_000)).points).toBe(32)
  expect(stateAfter(confirmed(4_299), refunded(5_000)).points).toBe(0)
})

const commands = fc.array(
  fc
    .record({
      kind: fc.constantFrom('confirmed' as const, 'refunded' as const, 'cancelled' as const),
      orderId: fc.constantFrom('one', 'two', 'three'),
      cents: fc.integer({ min: 1, max: 100_000_000_000 }),
    })
    .map(({ kind, orderId, cents }): PointsCommand => {
      if (kind === 'confirmed') return confirmed(cents, orderId)
      return kind === 'refunded' ? refunded(cents, orderId) : cancelled(orderId)
    }),
  { maxLength: 20 },
)

test('a command that is repeated at any later time changes nothing', () => {
  fc.assert(
    fc.property(commands, fc.nat(), (before, position) => {
      if (before.length === 0) return
      const state = stateAfter(...before)
      expect(decide(before[position % before.length]!, state)).toEqual(
        // A refund that came before its order had no effect yet.
        before[position % before.length]!.kind === 'refunded' ? expect.any(Array) : [],
      )
    }),
  )
})

test('points are those of the orders, and never fewer than none', () => {
  fc.assert(
    fc.property(commands, (given) => {
      const { points, orders } = stateAfter(...given)
      expect(points).toBe(Object.values(orders).reduce((sum, order) => sum + order.points, 0))
      for (const order of Object.values(orders)) expect(order.points).toBeGreaterThanOrEqual(0)
    }),
  )
})

test('what happened to an order leads to the same points in every order of arrival that starts with its confirmation', () => {
  const total = fc.integer({ min: 1, max: 1_000_000 })
  const rest = fc.shuffledSubarray(['cancelled', 'confirmed', 'cancelled', 'confirmed'] as const, { minLength: 1 })
  fc.assert(
    fc.property(total, rest, (total, kinds) => {
      const sent = kinds.map((kind) => (kind === 'cancelled' ? cancelled() : confirmed(total)))
      const ends = kinds.includes('cancelled') ? 0 : Math.floor(total / 100)
      expect(stateAfter(...sent).points).toBe(ends)
    }),
  )
  fc.assert(
    fc.property(total, fc.nat(), (total, part) => {
      const all = (...after: PointsCommand[]) => stateAfter(confirmed(total), ...after).points
      expect(all(refunded(part), cancelled())).toBe(0)
      expect(all(cancelled(), refunded(part))).toBe(0)
    }),
  )
})
