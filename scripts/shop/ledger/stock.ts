import type { Line } from '../load/cases.ts'
import type { Books } from './books.ts'
import { count, sum, type Verdict } from './verdict.ts'

/** Per SKU: nothing appears or vanishes, and what the reservations say is what the shelf says. */
export function stockIsConserved({ stock, reservations }: Books): Verdict {
  const reserved = pieces(reservations.filter(({ state }) => state === 'reserved'))
  const committed = pieces(reservations.filter(({ state }) => state === 'committed'))
  return {
    promise: 'stock is conserved: received = available + reserved + shipped, per SKU',
    figures: `${count(stock.length, 'SKU')}, ${sum(stock, ({ shipped }) => shipped).toLocaleString('en')} pieces shipped`,
    breaches: stock.flatMap(({ sku, received, available, reserved: held, shipped }) => [
      ...(received === available + held + shipped
        ? []
        : [`${sku}: ${received} received, but ${available} available + ${held} reserved + ${shipped} shipped`]),
      ...(available >= 0 && held >= 0 && shipped >= 0 ? [] : [`${sku}: less than nothing`]),
      ...differs(sku, 'reserved', held, reserved),
      ...differs(sku, 'shipped', shipped, committed),
    ]),
  }
}

function differs(sku: string, what: string, onShelf: number, inReservations: ReadonlyMap<string, number>): string[] {
  const said = inReservations.get(sku) ?? 0
  return onShelf === said ? [] : [`${sku}: ${onShelf} pieces are ${what}, the reservations say ${said}`]
}

/** What left the warehouse is what was confirmed; what was cancelled is back. */
export function piecesFollowTheOrders({ orders, sagas, reservations }: Books): Verdict {
  const ends = new Map(sagas.map(({ order, status }) => [order, status]))
  const states = new Map(reservations.map((reservation) => [reservation.order, reservation]))
  const confirmed = orders.filter(({ id }) => ends.get(id) === 'done')

  const wrongShipped = confirmed.flatMap(({ id, lines }) => {
    const reservation = states.get(id)
    if (reservation?.state !== 'committed')
      return [`order ${id} is confirmed, its stock is ${reservation?.state ?? 'not reserved'}`]
    return same(lines, reservation.lines)
      ? []
      : [`order ${id}: ${words(lines)} ordered, ${words(reservation.lines)} shipped`]
  })
  const wrongKept = reservations
    .filter(({ order, state }) => ends.get(order) !== 'done' && (state === 'reserved' || state === 'committed'))
    .map(({ order, state, lines }) => `order ${order} is not confirmed, and ${words(lines)} are ${state}`)

  return {
    promise: 'pieces of confirmed orders are shipped, all others are back',
    figures: `${count(confirmed.length, 'confirmed order')}, ${count(reservations.length, 'reservation')}`,
    breaches: [...wrongShipped, ...wrongKept],
  }
}

function pieces(entries: readonly { readonly lines: readonly Line[] }[]): Map<string, number> {
  const total = new Map<string, number>()
  for (const { lines } of entries) {
    for (const { sku, quantity } of lines) total.set(sku, (total.get(sku) ?? 0) + quantity)
  }
  return total
}

function same(one: readonly Line[], other: readonly Line[]): boolean {
  const [first, second] = [pieces([{ lines: one }]), pieces([{ lines: other }])]
  return first.size === second.size && [...first].every(([sku, quantity]) => second.get(sku) === quantity)
}

function words(lines: readonly Line[]): string {
  return lines.map(({ sku, quantity }) => `${quantity} × ${sku}`).join(', ') || 'nothing'
}
