import { PlaceOrder } from '#contracts'
import type { DataOf, Db, Message, Submit } from '#runtime'
import { comeBack } from './problem.ts'

export type Command = DataOf<typeof PlaceOrder>

/** What a customer asked for, under the key that it chose. */
export interface OrderRequest {
  readonly command: Command
  readonly fingerprint: string
  readonly correlationId: string
}

/** What is stored under the key: asked by this request, or by an earlier one. */
export interface Stored {
  readonly command: Command
  readonly fingerprint: string
  /** Whether the broker is known to have the command. */
  readonly confirmed: boolean
}

/** How many orders a gateway remembers, so that a storm of repeats does not reach the database. */
const remembered = 1_000
/** How many orders may wait to be stored: more than a broken database gives back in time is refused. */
const maxWaiting = 1_000

/**
 * Makes the function that stores an order's command and sends it, once for all requests with one key. A command that was stored
 * before and may not have reached anybody is sent again as it was stored: orders drops repeats.
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
    if (!known && waiting >= maxWaiting) throw comeBack('too many orders are waiting to be stored', 5)
    const stored = known ?? store(request)
    recent.set(orderId, stored)
    if (recent.size > remembered) recent.delete(recent.keys().next().value as string)
    return stored
  }
}

interface Kept extends Pick<Stored, 'command' | 'fingerprint'> {
  /** Whether the broker has it, once the messages of this transaction are confirmed. */
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
  if (!stored) throw new Error(`the order ${orderId} is stored and cannot be read`)
  const again = !stored.arrived && stored.fingerprint === fingerprint
  return {
    value: { command: stored.command, fingerprint: stored.fingerprint, known: stored.arrived || again },
    messages: again ? [PlaceOrder(stored.command)] : [],
  }
}
