import type { Logger } from 'pino'
import type { Contract } from './contract.ts'
import type { Received, Subscription } from './on.ts'

/** What the function of a broadcast gets besides its data. */
export interface BroadcastContext {
  readonly message: Pick<Received, 'id' | 'type' | 'correlationId' | 'publishedAt'>
  readonly log: Logger
}

/**
 * Binds a broadcast to the function that remembers it. Every process of the handler calls it for every broadcast that the broker still
 * keeps, in the order of their publication, and is ready when it has heard those from before its start. There is no database and no
 * retry: a function that throws is logged and counted, and the next broadcast is heard.
 *
 * @example
 * onBroadcast(MaintenanceAnnounced, (notice) => {
 *   current = notice
 * })
 */
export function onBroadcast<Data>(
  contract: Contract<string, Data>,
  hear: (data: Data, context: BroadcastContext) => void | Promise<void>,
): Subscription {
  if (contract.kind !== 'broadcast') {
    throw new TypeError(
      `onBroadcast: ${contract.type} is a ${contract.kind}: bind it with on(), or define it with broadcast()`,
    )
  }
  return { contract, outputs: [], hear }
}
