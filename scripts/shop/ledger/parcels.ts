import type { Books } from './books.ts'
import { by, count, type Verdict } from './verdict.ts'

/** The carrier has what was confirmed and nothing else. */
export function oneParcelPerConfirmedOrder({ sagas, shipments }: Books): Verdict {
  const ends = new Map(sagas.map(({ order, status }) => [order, status]))
  const parcels = by(
    shipments.filter(({ status }) => status === 'scheduled'),
    ({ order }) => order,
  )
  const confirmed = sagas.filter(({ status }) => status === 'done')
  const missing = confirmed.filter(({ order }) => !parcels.has(order))
  return {
    promise: 'one parcel for every confirmed order, none for a cancelled one',
    figures: `${count(parcels.size, 'parcel')}, ${count(confirmed.length, 'confirmed order')}`,
    breaches: [
      ...missing.map(({ order }) => `order ${order} is confirmed and has no parcel`),
      ...[...parcels].flatMap(([order, sent]) => [
        ...(ends.get(order) === 'done' ? [] : [`order ${order} is not confirmed and has a parcel`]),
        ...(sent.length === 1 ? [] : [`order ${order} has ${sent.length} parcels`]),
      ]),
    ],
  }
}
