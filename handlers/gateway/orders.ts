import type { World } from 'warren'
import * as z from 'zod'
import { milestoneOf } from './milestones.ts'
import { waits } from './waiting.ts'

/** One entry of an order's timeline, as the customer sees it. */
export const TimelineEntry = z.strictObject({
  step: z.string().meta({ description: 'order, stock, payment, shipment, capture, commit, confirmation or cancel.' }),
  outcome: z.enum(['requested', 'done', 'refused', 'undone']).meta({ description: '`undone` is a compensation.' }),
  attempts: z.int().min(1).meta({ description: 'The number of attempts it took.' }),
  at: z.iso.datetime(),
  reason: z.string().optional(),
})

export const OrderSummary = z.strictObject({
  orderId: z.uuid(),
  status: z.enum(['received', 'processing', 'confirmed', 'cancelling', 'cancelled']),
  currency: z.string(),
  total: z.int().meta({ description: 'In cents.' }),
  createdAt: z.iso.datetime(),
  reason: z.string().optional().meta({ description: 'The reason for the cancellation.' }),
  trackingId: z.string().optional(),
})

export const OrderView = z.strictObject({
  ...OrderSummary.shape,
  lines: z.array(
    z.strictObject({ sku: z.string(), quantity: z.int(), unitPrice: z.int().meta({ description: 'In cents.' }) }),
  ),
  shipTo: z.strictObject({
    name: z.string(),
    street: z.string(),
    city: z.string(),
    postalCode: z.string(),
    country: z.string(),
  }),
  correlationId: z.string(),
  waitingFor: z
    .strictObject({
      step: z.string().meta({
        description: 'order, stock, payment, shipment, capture, commit, confirmation or cancellation.',
      }),
      since: z.iso.datetime(),
    })
    .optional()
    .meta({ description: 'What an order that has not ended waits for.' }),
  timeline: z.array(TimelineEntry),
})

/** A row of the view `orders`. */
export interface OrderRow {
  id: string
  customer_id: string
  status: z.output<typeof OrderSummary>['status']
  total: string
  currency: string
  reason: string | null
  tracking_id: string | null
  correlation_id: string
  created_at: Date
  command: Pick<z.output<typeof OrderView>, 'lines' | 'shipTo'>
}

interface TimelineRow {
  type: string
  attempts: number
  reason: string | null
  at: string
}

/** An order of any customer, with its timeline; undefined if it does not exist. */
export async function findOrder(
  read: World['read'],
  orderId: string,
): Promise<{ customerId: string; view: z.output<typeof OrderView> } | undefined> {
  const { rows } = await read<OrderRow & { timeline: TimelineRow[] }>(
    `select orders.*, coalesce((
       select json_agg(json_build_object('type', type, 'attempts', attempts, 'reason', reason, 'at', at) order by at, rank)
       from timeline where order_id = orders.id
     ), '[]') as timeline
     from orders where id = $1`,
    [orderId],
  )
  const [row] = rows
  if (!row) return undefined
  const { command, correlation_id, timeline } = row
  const waitingFor = waits({ status: row.status, createdAt: row.created_at, timeline })
  const received = { step: 'order', outcome: 'requested', attempts: 1, at: row.created_at.toISOString() } as const
  return {
    customerId: row.customer_id,
    view: {
      ...summary(row),
      lines: command.lines,
      shipTo: command.shipTo,
      correlationId: correlation_id,
      ...(waitingFor && { waitingFor }),
      timeline: [received, ...timeline.map(entry)],
    },
  }
}

export function summary(row: OrderRow): z.output<typeof OrderSummary> {
  return {
    orderId: row.id,
    status: row.status,
    currency: row.currency,
    total: Number(row.total),
    createdAt: row.created_at.toISOString(),
    ...(row.reason !== null && { reason: row.reason }),
    ...(row.tracking_id !== null && { trackingId: row.tracking_id }),
  }
}

function entry({ type, attempts, reason, at }: TimelineRow): z.output<typeof TimelineEntry> {
  const { step, outcome } = milestoneOf.get(type) ?? { step: type, outcome: 'done' }
  return { step, outcome, attempts, at: new Date(at).toISOString(), ...(reason !== null && { reason }) }
}
