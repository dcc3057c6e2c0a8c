import { command, event, question } from 'warren'
import * as z from 'zod'
import { orderId, reason, sku, stockLines } from './fields.ts'

export const ReserveStock = command('stock.reserve.v1', { orderId, lines: stockLines })
export const ReleaseStock = command('stock.release.v1', { orderId })
export const CommitStock = command('stock.commit.v1', { orderId })

export const StockReserved = event('stock.reserved.v1', { orderId })
export const StockRejected = event('stock.rejected.v1', { orderId, reason })
export const StockReleased = event('stock.released.v1', { orderId })
export const StockCommitted = event('stock.committed.v1', { orderId })
export const StockLow = event('stock.low.v1', { sku, available: z.int().min(0) })

/** The pieces of each product that can be reserved; a product that the warehouse does not know is left out. */
export const CheckStock = question(
  'stock.check.v1',
  { skus: z.array(sku).min(1).max(100) },
  { available: z.record(sku, z.int().min(0)) },
)

/** One line of a supplier's feed: the pieces of a product counted anew (`set`), or more or fewer of them (`change`). */
export const stockUpdate = {
  sku,
  set: z.int().min(0).max(1_000_000_000).optional(),
  change: z.int().min(-1_000_000).max(1_000_000).default(0),
}
export const UpdateStock = command('stock.update.v1', stockUpdate, { partitionBy: ({ sku }) => sku })
