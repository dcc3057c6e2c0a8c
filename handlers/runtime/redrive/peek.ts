import type { Channel, ChannelModel, ConsumeMessage } from 'amqplib'

/** A delivered message: it returns to its place in the queue unless it is acknowledged. */
export interface Peeked {
  readonly message: ConsumeMessage
  ack(): void
}

/** How many messages are in memory at once, bodies included. */
const window = 1_000

/**
 * Yields the messages that are in a queue now, the oldest first, and puts back all that were not acknowledged. Only for queues that no
 * handler consumes: while they are looked at, no other reader gets them.
 *
 * @param patience milliseconds without a delivery after which another reader is assumed to hold the rest
 * @throws an error that names the queue if the broker does not have it
 */
export async function* peek(connection: ChannelModel, queue: string, patience = 1_000): AsyncGenerator<Peeked> {
  const channels: Channel[] = []
  try {
    // Each window has a channel of its own, because a consumer receives no more deliveries than it may hold.
    for (let left = await count(connection, queue); left > 0; left -= window) {
      const channel = quiet(await connection.createChannel())
      channels.push(channel)
      const size = Math.min(left, window)
      const messages = await take(channel, queue, size, patience)
      const taken = messages.length
      for (let message = messages.shift(); message; message = messages.shift()) {
        const held = message
        yield { message: held, ack: () => channel.ack(held) }
      }
      if (taken < size) return
    }
  } finally {
    for (const channel of channels) await putBack(channel)
  }
}

/** A failed channel rejects the pending call; without a listener, its `error` event would also end the process. */
export function quiet<Open extends Channel>(channel: Open): Open {
  channel.on('error', () => {})
  return channel
}

async function count(connection: ChannelModel, queue: string): Promise<number> {
  const channel = quiet(await connection.createChannel())
  try {
    const { messageCount } = await channel.checkQueue(queue)
    await channel.close()
    return messageCount
  } catch (cause) {
    throw new Error(`the broker refuses to open queue ${queue}: ${(cause as Error).message}`, { cause })
  }
}

/**
 * Takes up to `size` deliveries; fewer when another reader holds the rest. The consumer is cancelled before any of them is
 * settled: otherwise the broker redelivers to it what is put back, and closing the channel then counts as a crash.
 */
async function take(channel: Channel, queue: string, size: number, patience: number): Promise<ConsumeMessage[]> {
  const arrived: ConsumeMessage[] = []
  let arrival = () => {}
  await channel.prefetch(size)
  const { consumerTag } = await channel.consume(queue, (message) => {
    if (message) arrived.push(message)
    arrival()
  })
  for (let before = -1; arrived.length < size && arrived.length > before;) {
    before = arrived.length
    await Promise.race([new Promise<void>((resolve) => (arrival = resolve)), after(patience)])
  }
  await channel.cancel(consumerTag)
  return arrived
}

async function putBack(channel: Channel): Promise<void> {
  try {
    channel.nackAll(true)
    await channel.close()
  } catch {
    // When the connection is lost, the broker requeues everything by itself.
  }
}

function after(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds).unref())
}
