import { setTimeout as pause } from 'node:timers/promises'
import { loadManifests, type Manifest } from '#runtime/manifest/index.ts'
import type { Shop } from '../shop.ts'
import { queueTotals } from './collect.ts'
import { inDatabase } from './database.ts'

/** What is still under way. */
export interface Moving {
  /** Orders that have neither been confirmed nor cancelled. */
  readonly orders: number
  readonly confirmed: number
  readonly cancelled: number
  /** In queues, in hand or waiting for a retry. */
  readonly messages: number
}

export interface Rest {
  /** Whether everything came to rest in time. */
  readonly reached: boolean
  /** Milliseconds until nothing moved any more. */
  readonly after: number
  readonly last: Moving | undefined
}

/** The broker counts its queues every 5 s by default, so only a longer silence is conclusive. */
const silence = 6_000

/**
 * Waits until no order is unfinished and no message under way, and it stays like that.
 *
 * @param within milliseconds
 */
export async function rest(shop: Shop, within: number, progress?: (moving: Moving) => void): Promise<Rest> {
  const manifests = loadManifests('handlers')
  const start = performance.now()
  let quietSince: number | undefined
  let last: Moving | undefined
  for (;;) {
    // A broker or a database that is just down is no end: it is looked at again.
    last = await look(shop, manifests).catch(() => undefined)
    const now = performance.now()
    if (last) progress?.(last)
    if (!last || last.orders > 0 || last.messages > 0) quietSince = undefined
    else quietSince ??= now
    if (quietSince !== undefined && now - quietSince >= silence)
      return { reached: true, after: quietSince - start, last }
    if (quietSince === undefined && now - start > within) return { reached: false, after: now - start, last }
    await pause(1_000)
  }
}

async function look(shop: Shop, manifests: readonly Manifest[]): Promise<Moving> {
  const [sagas, gateway, queues] = await Promise.all([
    countBy(shop, 'orders', `select status, count(*)::int from sagas where saga = 'checkout' group by status`),
    countBy(shop, 'gateway', `select 'outbox' as status, count(*)::int from outbox`),
    queueTotals(shop, manifests),
  ])
  const working = queues.filter(({ drains }) => drains)
  return {
    orders: (sagas.get('running') ?? 0) + (gateway.get('outbox') ?? 0),
    confirmed: sagas.get('done') ?? 0,
    cancelled: sagas.get('failed') ?? 0,
    messages: working.reduce((sum, { ready, unacknowledged }) => sum + ready + unacknowledged, 0),
  }
}

async function countBy({ databases }: Shop, handler: string, text: string): Promise<Map<string, number>> {
  const { rows } = await inDatabase(databases, handler, (client) =>
    client.query<{ status: string; count: number }>(text),
  )
  return new Map(rows.map(({ status, count }) => [status, count]))
}
