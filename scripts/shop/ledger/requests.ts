import type { Books } from './books.ts'
import { count, type Verdict } from './verdict.ts'

/** Every request with a 202 has exactly one order, and every order has a request. */
export function everyRequestHasItsOrder({ driver, orders, sagas }: Books): Verdict {
  const stored = new Set(orders.map(({ id }) => id))
  const begun = new Set(sagas.filter(({ started }) => started).map(({ order }) => order))
  const accepted = driver.asked.filter((request) => request.accepted.length > 0)
  const owners = new Map<string, number>()
  const breaches: string[] = []

  for (const { number, accepted: answers } of accepted) {
    const ids = new Set(answers.map(({ orderId }) => orderId))
    if (ids.size > 1) breaches.push(`request ${number} was answered with the orders ${[...ids].join(' and ')}`)
    for (const id of ids) {
      const other = owners.get(id)
      if (other !== undefined) breaches.push(`requests ${other} and ${number} were answered with one order, ${id}`)
      owners.set(id, number)
      if (!stored.has(id)) breaches.push(`order ${id} of request ${number} is not known to the gateway`)
      else if (!begun.has(id)) breaches.push(`order ${id} of request ${number} has never reached orders`)
    }
  }

  const customers = new Set(driver.customers)
  const unclaimed = orders.filter(({ id, customer }) => customers.has(customer) && !owners.has(id))
  // An answer that was lost may have been a yes; one that said no may not have been.
  const unknown = driver.asked.filter(({ accepted, refused }) => accepted.length === 0 && refused === undefined).length
  if (unclaimed.length > unknown) {
    breaches.push(
      `${unclaimed.length} orders belong to no accepted request, such as ${unclaimed[0]?.id}, and only ${unknown} requests were never answered`,
    )
  }
  return {
    promise: 'every accepted request has exactly one order',
    figures: `${count(accepted.length, 'accepted request')}, ${count(owners.size, 'order')}, ${count(unknown, 'request')} never answered`,
    breaches,
  }
}

/** All that a load asks for is asked for as the shop wants it. */
export function nothingWasRefused({ driver }: Books): Verdict {
  return {
    promise: 'no request was refused',
    figures: count(driver.asked.length, 'request'),
    breaches: driver.asked.flatMap(({ number, refused }) =>
      refused === undefined ? [] : [`request ${number} was answered with ${refused}`],
    ),
  }
}
