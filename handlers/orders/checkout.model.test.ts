import { PaymentAuthorized, PaymentCaptured, PaymentDeclined, ShipmentRefused, ShipmentScheduled } from '#contracts'
import { StockCommitted, StockRejected, StockReserved, CancelOrder, PlaceOrder } from '#contracts'
import type { Message } from 'warren'
import { advance, type Progress } from 'warren/testing'
import { checkout } from './checkout.ts'

/**
 * Explores every sequence of events in one checkout: messages overtake each other, are delivered twice or never, each participant
 * accepts or refuses, the deadline passes and the customer cancels at any moment.
 */
const orderId = '5f0c2f3e-54a1-4b8e-9a27-1d1a1f8a7c01'
const authorizationId = 'auth_1'
const trackingId = 'track_1'
const reason = 'no'
const now = new Date('2030-01-01T12:00:00Z')

type Any = Message
type Participant = 'stock' | 'payment' | 'shipment'
/** The state of a participant; `kept` means committed stock or captured money. */
type Holding = 'nothing' | 'held' | 'refused' | 'undone' | 'kept'

const placed = PlaceOrder({
  orderId,
  customerId: 'jane',
  email: 'jane@example.com',
  currency: 'EUR',
  lines: [{ sku: 'TEA', quantity: 1, unitPrice: 100 }],
  total: 100,
  card: 'tok_visa',
  shipTo: { name: 'Jane', street: 'Main Street', city: 'Springfield', postalCode: '12345', country: 'US' },
})
const cancel = CancelOrder({ orderId, reason })

const commands: Record<string, [Participant, 'try' | 'undo' | 'keep']> = {
  'stock.reserve.v1': ['stock', 'try'],
  'stock.release.v1': ['stock', 'undo'],
  'stock.commit.v1': ['stock', 'keep'],
  'payment.authorize.v1': ['payment', 'try'],
  'payment.void.v1': ['payment', 'undo'],
  'payment.capture.v1': ['payment', 'keep'],
  'shipment.schedule.v1': ['shipment', 'try'],
  'shipment.cancel.v1': ['shipment', 'undo'],
}
const yes = {
  stock: StockReserved({ orderId }),
  payment: PaymentAuthorized({ orderId, authorizationId }),
  shipment: ShipmentScheduled({ orderId, trackingId }),
}
const no = {
  stock: StockRejected({ orderId, reason }),
  payment: PaymentDeclined({ orderId, reason }),
  shipment: ShipmentRefused({ orderId, reason }),
}
const kept = {
  stock: StockCommitted({ orderId }),
  payment: PaymentCaptured({ orderId, authorizationId, amount: 100 }),
  shipment: undefined,
}
const messages = new Map<string, Any>(
  [placed, cancel, ...Object.values(yes), ...Object.values(no), kept.stock, kept.payment].map((one) => [
    one.contract.type,
    one,
  ]),
)

interface World {
  readonly progress: Progress | undefined
  /** The types of the messages in transit, sorted: they may arrive in any order. */
  readonly underWay: readonly string[]
  readonly holds: Readonly<Record<Participant, Holding>>
  /** How often each event was published. */
  readonly told: Readonly<Record<string, number>>
  readonly cancellations: number
  /** The faults that may still happen. */
  readonly left: { readonly cancel: number; readonly twice: number; readonly never: number; readonly late: number }
}

type Next = readonly [what: string, world: World]

/** Every possible next event. */
function nexts(world: World): Next[] {
  const { progress, underWay, left } = world
  const running = progress?.status === 'running'
  const possible: Next[] = []
  for (const type of new Set(underWay)) {
    const rest = without(underWay, type)
    if (messages.has(type)) {
      const message = messages.get(type)!
      possible.push([type, toSaga({ ...world, underWay: rest }, message)])
      if (left.twice)
        possible.push([
          `${type}, and once more`,
          toSaga({ ...world, left: { ...left, twice: left.twice - 1 } }, message),
        ])
    } else {
      possible.push(...toParticipant({ ...world, underWay: rest }, type))
      // Only forward commands can get lost: compensations are retried for ever.
      if (left.never && commands[type]![1] !== 'undo') {
        possible.push([`${type} gets lost`, { ...world, underWay: rest, left: { ...left, never: left.never - 1 } }])
      }
    }
  }
  if (left.cancel) {
    const once = { ...world, cancellations: world.cancellations + 1, left: { ...left, cancel: left.cancel - 1 } }
    possible.push(['the customer cancels', toSaga(once, cancel)])
  }
  // The deadline may pass while messages are in transit, and always passes when there are none.
  if (progress && left.late)
    possible.push(['time is up', timeIsUp({ ...world, left: { ...left, late: left.late - 1 } })])
  else if (running && !underWay.length) possible.push(['time is up', timeIsUp(world)])
  return possible
}

function timeIsUp(world: World): World {
  return toSaga(world, checkout.deadline({ orderId }), world.progress!.deadline)
}

function toSaga(world: World, message: Any, at = now): World {
  const { progress, outputs } = advance(checkout, world.progress, message, at)
  const said = outputs.filter((output) => !('due' in output)).map((output) => (output as Any).contract.type)
  const events = said.filter((type) => !commands[type])
  const late = world.progress?.start && world.progress.status !== 'running'
  if (late && said.some((type) => type !== 'order.cancellation_refused.v1' && commands[type]?.[1] !== 'undo')) {
    throw new Error(`a saga that had ended sent ${said.join(', ')}`)
  }
  const told = { ...world.told }
  for (const type of events) told[type] = (told[type] ?? 0) + 1
  // A fixed clock merges worlds that differ only in time.
  const frozen = progress && { ...progress, deadline: now, version: 0 }
  return {
    ...world,
    progress: frozen,
    told,
    underWay: [...world.underWay, ...said.filter((type) => commands[type])].sort(),
  }
}

function toParticipant(world: World, command: string): Next[] {
  const [who, verb] = commands[command]!
  const holding = world.holds[who]
  const becomes = (next: Holding, answer?: Any): Next => [
    `${command} → ${next}`,
    {
      ...world,
      holds: { ...world.holds, [who]: next },
      underWay: answer ? [...world.underWay, answer.contract.type].sort() : world.underWay,
    },
  ]
  if (verb === 'try' && holding === 'nothing') return [becomes('held', yes[who]), becomes('refused', no[who])]
  if (verb === 'undo' && holding === 'held') return [becomes('undone')]
  // A repeated command only repeats the participant's reply.
  if (verb === 'keep' && (holding === 'held' || holding === 'kept')) return [becomes('kept', kept[who])]
  throw new Error(`${command} reached a participant that holds: ${holding}`)
}

/** The conditions that must hold when no further event is possible. */
function verdict({ progress, holds, told, cancellations }: World): void {
  const count = (event: string) => told[`order.${event}.v1`] ?? 0
  expect(count('created')).toBe(1)
  if (progress?.status === 'done') {
    expect(holds).toEqual({ stock: 'kept', payment: 'kept', shipment: 'held' })
    expect([count('confirmed'), count('cancelled')]).toEqual([1, 0])
  } else {
    expect(progress?.status).toBe('failed')
    for (const holding of Object.values(holds)) expect(['nothing', 'refused', 'undone']).toContain(holding)
    expect([count('confirmed'), count('cancelled')]).toEqual([0, 1])
  }
  // Each cancellation either ended the order or was refused. Of those that overtake the order, only one counts.
  const answered = count('cancellation_refused') + (progress?.failure?.step === 'cancel' ? 1 : 0)
  expect(answered).toBeLessThanOrEqual(cancellations)
  if (cancellations) expect(answered).toBeGreaterThan(0)
}

/** Visits every reachable world; returns their number and the outcomes of the order in those without further events. */
function walk(left: World['left']) {
  const holds = { stock: 'nothing', payment: 'nothing', shipment: 'nothing' } as const
  const seen = new Set<string>()
  const ends = new Set<string>()
  const story: string[] = []

  const visit = (world: World): void => {
    const key = JSON.stringify(world)
    if (seen.has(key)) return
    seen.add(key)
    const possible = nexts(world)
    if (!world.underWay.length && world.progress?.status !== 'running') {
      verdict(world)
      ends.add(world.progress?.failure?.step ?? 'confirmed')
    }
    for (const [what, next] of possible) {
      story.push(what)
      visit(next)
      story.pop()
    }
  }
  try {
    visit({ progress: undefined, underWay: [placed.contract.type], holds, told: {}, cancellations: 0, left })
  } catch (error) {
    throw new Error(`${story.join('\n')}\n${String(error)}`, { cause: error })
  }
  return { worlds: seen.size, ends: [...ends] }
}

function without(list: readonly string[], one: string): string[] {
  const index = list.indexOf(one)
  return [...list.slice(0, index), ...list.slice(index + 1)]
}

test('every order is either completed or compensated exactly once, whatever is late, lost, duplicated or cancelled', () => {
  const { worlds, ends } = walk({ cancel: 2, twice: 2, never: 2, late: 2 })

  expect(worlds).toBeGreaterThan(15_000)
  expect(ends.sort()).toEqual(['cancel', 'confirmed', 'deadline', 'payment', 'shipment', 'stock'])
})
