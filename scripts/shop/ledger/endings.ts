import { cases } from '../load/cases.ts'
import type { Books, Saga } from './books.ts'
import { by, count, type Verdict } from './verdict.ts'

/** Every order has ended in every book. */
export function noOrderIsUnfinished({ orders, sagas }: Books): Verdict {
  const running = sagas.filter(({ status }) => status === 'running')
  const open = orders.filter(({ status }) => status !== 'confirmed' && status !== 'cancelled')
  const known = new Map(sagas.map(({ order, status }) => [order, status]))
  return {
    promise: 'no order is unfinished',
    figures: `${count(sagas.length, 'order')}, ${running.length} unfinished`,
    breaches: [
      ...running.map(({ order, step }) => `order ${order} still stands on step ${step}`),
      ...open
        .filter(({ id }) => known.get(id) !== 'running')
        .map(
          ({ id, status }) => `order ${id} is ${status} at the gateway${known.has(id) ? '' : ' and unknown to orders'}`,
        ),
    ],
  }
}

/** The customer sees the decision of the saga. */
export function gatewayTellsTheTruth({ orders, sagas }: Books): Verdict {
  const told = new Map(orders.map(({ id, status }) => [id, status]))
  const decided = sagas.filter(({ status, started }) => status !== 'running' && started)
  const wrong = decided.filter(({ order, status }) => told.get(order) !== endOf[status])
  return {
    promise: 'the gateway tells each order’s end as orders decided it',
    figures: count(decided.length, 'ended order'),
    breaches: wrong.map(
      ({ order, status }) =>
        `order ${order} is ${told.get(order) ?? 'unknown'} at the gateway, ${endOf[status]} in orders`,
    ),
  }
}

const endOf = { running: 'running', done: 'confirmed', failed: 'cancelled' } as const

/** Every order ends as its card, products and address demand. */
export function everyOrderEndedAsItHadTo({ driver, sagas }: Books): Verdict {
  const ended = new Map(sagas.map((saga) => [saga.order, saga]))
  const breaches = driver.asked.flatMap(({ accepted, case: name }) => {
    const saga = ended.get(accepted[0]?.orderId ?? '')
    if (!saga || saga.status === 'running') return []
    const end = saga.status === 'done' ? 'confirmed' : (saga.failure?.step ?? 'unknown')
    const ends: readonly string[] = cases[name].ends
    if (ends.includes(end)) return []
    const had = ends.map(inWords).join(' or ')
    return [
      `order ${saga.order} (${name}) had to be ${had} and was ${inWords(end)}: ${saga.failure?.reason ?? 'no reason'}`,
    ]
  })
  const accepted = driver.asked.flatMap((request) =>
    request.accepted[0] ? [{ ...request, ...request.accepted[0] }] : [],
  )
  const endedAs = (status: Saga['status']) =>
    accepted.filter(({ orderId }) => ended.get(orderId)?.status === status).length
  const figures = [...by(accepted, (request) => request.case)].map(([name, requests]) => `${requests.length} ${name}`)
  return {
    promise: 'every order ended as its card, products and address say',
    figures: `${endedAs('done')} confirmed, ${endedAs('failed')} cancelled; asked for were ${figures.join(', ') || 'none'}`,
    breaches,
  }
}

function inWords(end: string): string {
  return end === 'confirmed' ? 'confirmed' : `cancelled at ${end}`
}
