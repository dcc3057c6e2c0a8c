import type { ChannelModel } from 'amqplib'
import type { Logger } from 'pino'
import type { LoginTried } from '../settings/logins.ts'
import { gatherWrites, keepConnected, type Connection } from './connection.ts'
import { ConsumeChannel, type Delivery } from './consume-channel.ts'
import type { Consumer } from './consumer.ts'

/**
 * Consumes a single-active queue. The broker hands it over to the next consumer, and returns what the last one held, when its channel
 * closes: so this consumer never cancels.
 */
export function createOrderedConsumer(
  url: string,
  name: string,
  { queue, prefetch, log, tried }: { queue: string; prefetch: number; log: Logger; tried?: LoginTried | undefined },
): Consumer {
  let connection: Connection | undefined
  let current: ConsumeChannel | undefined
  let leaving = false
  let receive: (delivery: Delivery) => void
  let opened!: () => void
  const ready = new Promise<void>((resolve) => (opened = resolve))

  async function subscribe(opening: ChannelModel) {
    const gather = gatherWrites(opening)
    const channel = new ConsumeChannel(await opening.createChannel(), {
      ...{ gather, queue, prefetch, receive },
      inOrder: true,
    })
    opening.on('close', () => channel.leave('the connection was closed'))
    await channel.begin()
    current = channel
    void channel.left.then(() => {
      if (current === channel) current = undefined
    })
    return { ended: channel.left, close: () => channel.close() }
  }

  return {
    ready,
    get subscribed() {
      return current !== undefined && !leaving
    },
    window: prefetch,
    get held() {
      return current?.held ?? 0
    },
    open(take) {
      // What still arrives while the process leaves goes to the next consumer with the rest.
      receive = (delivery) => leaving || take(delivery)
      connection = keepConnected(url, name, subscribe, log, tried)
      void connection.ready.then(opened)
    },
    cancel() {
      leaving = true
      return Promise.resolve()
    },
    async close() {
      await connection?.close()
    },
  }
}
