import type { Channel, ChannelModel, ConsumeMessage } from 'amqplib'
import { letterOf, queueOf, type DeadLetter } from './letter.ts'

/** A dead letter in hand: its queue keeps it unless it is acknowledged. */
export interface Held {
  readonly letter: DeadLetter
  readonly message: ConsumeMessage
  ack(): void
}

/** As many are in memory at once, bodies included. */
const window = 1_000
/** Milliseconds without a delivery after which the rest is taken to be in somebody else's hands. */
const patience = 1_000

/**
 * Goes through the dead letters of a handler that are there now, the oldest first, and puts back all that were not acknowledged.
 * Each window has a channel of its own, because a consumer gets no more than it may hold.
 *
 * @throws a sentence when the handler has no such queue
 */
export async function* readDead(connection: ChannelModel, handler: string): AsyncGenerator<Held> {
  const channels: Channel[] = []
  try {
    for (let left = await count(connection, handler); left > 0; left -= window) {
      const channel = quiet(await connection.createChannel())
      channels.push(channel)
      const size = Math.min(left, window)
      const messages = await take(channel, queueOf(handler), size)
      const taken = messages.length
      for (let message = messages.shift(); message; message = messages.shift()) {
        const held = message
        yield { letter: letterOf(held, handler), message: held, ack: () => channel.ack(held) }
      }
      if (taken < size) return
    }
  } finally {
    for (const channel of channels) await putBack(channel)
  }
}

/** What goes wrong on a channel is told by the call that it rejects; told twice, it would end the process. */
export function quiet<Open extends Channel>(channel: Open): Open {
  channel.on('error', () => {})
  return channel
}

async function count(connection: ChannelModel, handler: string): Promise<number> {
  const channel = quiet(await connection.createChannel())
  try {
    const { messageCount } = await channel.checkQueue(queueOf(handler))
    await channel.close()
    return messageCount
  } catch (cause) {
    throw new Error(`${queueOf(handler)}: the broker does not show this queue (${(cause as Error).message})`, { cause })
  }
}

/**
 * Up to `size` deliveries; fewer when somebody else holds the rest. The consumer is gone before any of them is settled: else the
 * broker delivers to it again what is put back, and closing the channel then counts as a crash.
 */
async function take(channel: Channel, queue: string, size: number): Promise<ConsumeMessage[]> {
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
    // A lost connection has put everything back by itself.
  }
}

function after(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds).unref())
}
