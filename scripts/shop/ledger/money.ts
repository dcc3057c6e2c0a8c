import type { Books } from './books.ts'
import { by, count, money, sum, type Verdict } from './verdict.ts'

/** Prices come from the catalogue, and the total is the one that the customer was shown. */
export function totalsAreTheCatalogues({ driver, orders }: Books): Verdict {
  const totals = new Map(orders.map(({ id, total }) => [id, total]))
  const breaches = driver.asked.flatMap(({ lines, accepted }) => {
    const [answer] = accepted
    if (!answer) return []
    const right = sum(lines, ({ sku, quantity }) => quantity * (driver.prices[sku] ?? NaN))
    const stored = totals.get(answer.orderId)
    return [
      ...(answer.total === right
        ? []
        : [`order ${answer.orderId} costs ${money(right)} and ${money(answer.total)} was answered`]),
      ...(stored === undefined || stored === right
        ? []
        : [`order ${answer.orderId} costs ${money(right)} and ${money(stored)} is stored`]),
    ]
  })
  const accepted = driver.asked.filter((request) => request.accepted.length > 0)
  return {
    promise: 'every order costs what the catalogue said',
    figures: `${count(accepted.length, 'order')} of ${money(sum(accepted, ({ accepted }) => accepted[0]?.total ?? 0))}`,
    breaches,
  }
}

/** The bank's own book against the gateway's totals, order by order. */
export function capturedIsWhatWasConfirmed({ orders, sagas, bank }: Books): Verdict {
  const held = by(bank, ({ order }) => order)
  const confirmed = new Set(sagas.filter(({ status }) => status === 'done').map(({ order }) => order))
  const expected = sum(orders, ({ id, total }) => (confirmed.has(id) ? total : 0))
  const kept = sum(bank, ({ captured, refunded }) => captured - refunded)
  const known = new Set(orders.map(({ id }) => id))

  const breaches = orders.flatMap(({ id, total }) => {
    const lines = held.get(id) ?? []
    const amount = sum(lines, ({ captured, refunded }) => captured - refunded)
    const times = lines.filter(({ captured }) => captured > 0).length
    if (!confirmed.has(id))
      return amount === 0 ? [] : [`order ${id} is not confirmed, and the bank keeps ${money(amount)} for it`]
    if (times > 1) return [`order ${id} was captured ${times} times, ${money(amount)} instead of ${money(total)}`]
    return amount === total ? [] : [`order ${id} costs ${money(total)} and the bank captured ${money(amount)}`]
  })
  const strangers = bank.filter(({ order, captured }) => captured > 0 && !known.has(order))
  return {
    promise: 'money captured at the bank is the total of confirmed orders',
    figures: `${money(kept)} captured, ${money(expected)} confirmed`,
    breaches: [...breaches, ...strangers.map(({ order }) => `the bank captured money for ${order}, which is no order`)],
  }
}

/** The handler `payments` and the bank have written down the same. */
export function paymentsAgreeWithTheBank({ payments, bank }: Books): Verdict {
  const granted = bank.filter(({ status }) => status !== 'declined')
  const recorded = new Map(payments.map((payment) => [payment.authorization, payment]))
  const atBank = new Set(granted.map(({ id }) => id))
  const breaches = granted.flatMap(({ id, order, ...line }) => {
    const payment = recorded.get(id)
    if (!payment) return [`order ${order} has authorization ${id} at the bank and none in payments`]
    const differs = (['status', 'amount', 'captured', 'refunded'] as const).find((key) => payment[key] !== line[key])
    if (payment.order !== order)
      return [`authorization ${id} is of order ${order} at the bank, of ${payment.order} in payments`]
    return differs
      ? [`order ${order}: ${differs} is ${line[differs]} at the bank and ${payment[differs]} in payments`]
      : []
  })
  const unheard = payments.filter(({ authorization }) => !atBank.has(authorization))
  return {
    promise: 'payments has written down what the bank has',
    figures: `${count(granted.length, 'authorization')} at the bank, ${payments.length} in payments`,
    breaches: [...breaches, ...unheard.map(({ order }) => `order ${order} has a payment that the bank does not know`)],
  }
}

/** No authorization is held for a cancelled order. */
export function nothingIsHeldForCancelledOrders({ sagas, bank }: Books): Verdict {
  const cancelled = new Set(sagas.filter(({ status }) => status === 'failed').map(({ order }) => order))
  const lines = bank.filter(({ order, status }) => cancelled.has(order) && status !== 'declined')
  const held = lines.filter(({ status, captured, refunded }) => status === 'authorized' || captured > refunded)
  return {
    promise: 'every authorization of a cancelled order is voided or refunded',
    figures: `${count(lines.length, 'authorization')} of cancelled orders`,
    breaches: held.map(
      ({ order, status, amount }) => `order ${order} is cancelled, and ${money(amount)} is still ${status}`,
    ),
  }
}
