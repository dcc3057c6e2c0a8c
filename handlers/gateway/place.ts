import { PlaceOrder } from '#contracts'
import type { DataOf, Db, Message, Submit } from '#runtime'

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

/**
 * Makes the function that stores an order's command and sends it, once for all requests with one key. A command that was stored
 * before and may not have reached anybody is sent again as it was stored: orders drops repeats.
 */
export function placing(submit: Submit): (request: OrderRequest) => Promise<Stored> {
  // Requests with one key at one time share one transaction; over several replicas the primary key decides.
  const running = new Map<string, Promise<Stored>>()

  async function store(request: OrderRequest): Promise<Stored> {
    const { correlationId } = request
    const { value, confirmed } = await submit((db) => storeCommand(db, request), { correlationId })
    return { ...value, confirmed }
  }

  return async (request) => {
    const { orderId } = request.command
    const earlier = await running.get(orderId)?.catch(() => undefined)
    if (earlier) return earlier
    const placed = running.get(orderId) ?? store(request).finally(() => running.delete(orderId))
    running.set(orderId, placed)
    return placed
  }
}

async function storeCommand(
  db: Db,
  { command, fingerprint, correlationId }: OrderRequest,
): Promise<{ value: Pick<Stored, 'command' | 'fingerprint'>; messages: Message[] }> {
  const { orderId, customerId } = command
  const { rowCount } = await db.query(
    `insert into requests (order_id, customer_id, fingerprint, correlation_id, command) values ($1, $2, $3, $4, $5)
     on conflict (order_id) do nothing`,
    [orderId, customerId, fingerprint, correlationId, JSON.stringify(command)],
  )
  if (rowCount === 1) return { value: { command, fingerprint }, messages: [PlaceOrder(command) as Message] }

  const { rows } = await db.query<{ command: Command; fingerprint: string; arrived: boolean }>(
    `select command, fingerprint, exists (select from timeline where timeline.order_id = requests.order_id) as arrived
     from requests where order_id = $1`,
    [orderId],
  )
  const [stored] = rows
  if (!stored) throw new Error(`the order ${orderId} is stored and cannot be read`)
  return {
    value: stored,
    messages: stored.arrived || stored.fingerprint !== fingerprint ? [] : [PlaceOrder(stored.command) as Message],
  }
}
