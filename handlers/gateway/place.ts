import { PlaceOrder } from '#contracts'
import type { DataOf, Db, Message, Submit } from 'warren'
import { comeBack } from './problem.ts'

export type Command = DataOf<typeof PlaceOrder>

/** A customer's order, with the fingerprint of the request body. */
export interface OrderRequest {
  readonly command: Command
  readonly fingerprint: string
  readonly correlationId: string
}

/** The order stored under the idempotency key, by this request or an earlier one. */
export interface Stored {
  readonly command: Command
  readonly fingerprint: string
  /** Whether the broker has confirmed the command. */
  readonly confirmed: boolean
}

/** The number of orders that a gateway caches, so that a burst of repeats does not reach the database. */
const remembered = 1_000
/** The number of orders that may wait to be stored; more would not be stored in time once a failed database recovers. */
const maxWaiting = 1_000

/**
 * Creates the function that stores an order's command and sends it, once for all requests with the same key. A stored command that may
 * not have been delivered is sent again unchanged: the handler orders drops repeats.
 */
export function placing(submit: Submit): (request: OrderRequest) => Promise<Stored> {
  // Requests with one key share one transaction; across replicas the primary key decides.
  const recent = new Map<string, Promise<Stored>>()

  let waiting = 0

  async function store(request: OrderRequest): Promise<Stored> {
    const { correlationId, command } = request
    waiting++
    try {
      const { value, confirmed } = await submit((db) => storeCommand(db, request), { correlationId })
      const stored = { ...value, confirmed: value.known && confirmed }
      if (!stored.confirmed) recent.delete(command.orderId)
      return stored
    } catch (error) {
      recent.delete(command.orderId)
      throw error
    } finally {
      waiting--
    }
  }

  return async (request) => {
    const { orderId } = request.command
    const known = recent.get(orderId)
    if (!known && waiting >= maxWaiting) throw comeBack('too many orders are waiting: please try again', 5)
    const stored = known ?? store(request)
    recent.set(orderId, stored)
    if (recent.size > remembered) recent.delete(recent.keys().next().value as string)
    return stored
  }
}

interface Kept extends Pick<Stored, 'command' | 'fingerprint'> {
  /** Whether the broker has the command once the messages of this transaction are confirmed. */
  readonly known: boolean
}

async function storeCommand(
  db: Db,
  { command, fingerprint, correlationId }: OrderRequest,
): Promise<{ value: Kept; messages: Message[] }> {
  const { orderId, customerId } = command
  const { rowCount } = await db.query(
    `insert into requests (order_id, customer_id, fingerprint, correlation_id, command) values ($1, $2, $3, $4, $5)
     on conflict (order_id) do nothing`,
    [orderId, customerId, fingerprint, correlationId, JSON.stringify(command)],
  )
  if (rowCount === 1) {
    return { value: { command, fingerprint, known: true }, messages: [PlaceOrder(command)] }
  }
  const { rows } = await db.query<Pick<Stored, 'command' | 'fingerprint'> & { arrived: boolean }>(
    `select command, fingerprint, exists (
       select from timeline where timeline.order_id = requests.order_id and status is not null
     ) as arrived
     from requests where order_id = $1`,
    [orderId],
  )
  const [stored] = rows
  if (!stored) throw new Error(`order ${orderId} is stored but cannot be read`)
  const again = !stored.arrived && stored.fingerprint === fingerprint
  return {
    value: { command: stored.command, fingerprint: stored.fingerprint, known: stored.arrived || again },
    messages: again ? [PlaceOrder(stored.command)] : [],
  }
}
