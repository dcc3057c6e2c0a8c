import { agreement, notAHandler } from '../manifest/agreement.ts'
import { refusals } from '../manifest/limits.ts'
import type { Manifest } from '../manifest/schema.ts'
import type { Handler } from '../handler.ts'
import type { Db, Subscription } from '../on.ts'
import { earlierVersions } from '../upcast.ts'
import { Misconfigured } from './settings.ts'

/**
 * The subscriptions of a handler whose code and `handler.yaml` agree.
 *
 * @throws Misconfigured with one sentence per line for each difference
 */
export function subscribed<Ports>(
  definition: Handler<Ports>,
  manifest: Manifest,
  ports: Ports,
): readonly Subscription[] {
  const subscriptions = definition.subscriptions(ports)
  refuse([...agreement(manifest, subscriptions), ...refusals(manifest, hasCall(subscriptions))])
  return subscriptions
}

/** The subscriptions by the types that may arrive: a contract's own, and those that it upcasts. */
export function byType(subscriptions: readonly Subscription[]): ReadonlyMap<string, Subscription> {
  return new Map(
    subscriptions.flatMap((subscription) =>
      [subscription.contract, ...earlierVersions(subscription.contract)].map(({ type }) => [type, subscription]),
    ),
  )
}

/** @throws Misconfigured when `handler()` has not made the default export of `handler.ts` */
export function requireHandler(exported: unknown, manifest: Manifest): void {
  const flaw = notAHandler(manifest, exported)
  if (flaw !== undefined) throw new Misconfigured(flaw)
}

export function hasCall(subscriptions: readonly Subscription[]): boolean {
  return subscriptions.some(({ call }) => call !== undefined)
}

/**
 * Compares the code with the rows that earlier code has stored.
 *
 * @param database connects to the database; called only if there is something to compare
 * @throws Misconfigured when rows depend on something that the code no longer has
 */
export async function checkRows(subscriptions: readonly Subscription[], database: () => Promise<Db>): Promise<void> {
  const batches = new Set(subscriptions.flatMap(({ batch }) => (batch?.check ? [batch] : [])))
  if (batches.size === 0) return
  const db = await database()
  const complaints = await Promise.all([...batches].map((batch) => batch.check?.(db)))
  refuse(complaints.filter((complaint) => complaint !== undefined))
}

function refuse(reasons: readonly string[]) {
  if (reasons.length > 0) throw new Misconfigured(reasons.join('\n'))
}
