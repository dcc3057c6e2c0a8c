import {
  CheckStock,
  CommitStock,
  ReleaseStock,
  ReserveStock,
  StockCommitted,
  StockLow,
  StockRejected,
  StockReleased,
  StockReserved,
} from '#contracts'
import { answer, handler, on, Reject, TooEarly } from 'warren'
import { available, commit, release, reserve } from './reservation.ts'

/**
 * The warehouse: pieces are reserved for an order, all of its lines or none, then given back or shipped.
 * The order is the key: a command that comes again, under whatever id, is answered again and changes nothing.
 */
export const inventory = () => [
  on(ReserveStock, [StockReserved, StockRejected, StockLow], {
    apply: async ({ orderId, lines }, { db }) => {
      const { reason, low } = await reserve(db, orderId, lines)
      if (reason) return StockRejected({ orderId, reason })
      return [StockReserved({ orderId }), ...low.map(StockLow)]
    },
  }),

  on(ReleaseStock, [StockReleased], {
    apply: async ({ orderId }, { db }) => {
      const before = await release(db, orderId)
      if (before === 'committed')
        throw new Reject(`inventory: order ${orderId} was committed: its pieces are on their way`)
      return StockReleased({ orderId })
    },
  }),

  on(CommitStock, [StockCommitted], {
    apply: async ({ orderId }, { db }) => {
      const before = await commit(db, orderId)
      if (!before) throw new TooEarly(`inventory: nothing is reserved for order ${orderId} yet`)
      if (before !== 'reserved' && before !== 'committed') {
        throw new Reject(`inventory: the reservation of order ${orderId} is ${before} and cannot be committed`)
      }
      return StockCommitted({ orderId })
    },
  }),

  answer(CheckStock, async ({ skus }, { read }) => ({ available: await available(read, skus) })),
]

export default handler({ subscriptions: inventory, ownRowsOnly: true })
