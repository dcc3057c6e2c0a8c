import type { ChannelModel } from 'amqplib'
import type { Logger } from 'pino'
import type { LoginTried } from '../settings/logins.ts'
import { gatherWrites, keepConnected, type Connection } from './connection.ts'
import { ConsumeChannel, type Delivery } from './consume-channel.ts'
import type { Consumer } from './consumer.ts'

/** A single-active queue, and how much this process wants to be the one that consumes it: the highest priority does. */
export interface OrderedQueue {
  readonly name: string
  readonly priority: number
}

export interface OrderedConsumer extends Consumer {
  /** Opens new channels, because the priorities have changed: what is held is delivered again, in its order. */
  reopen(): void
}

/**
 * Consumes single-active queues, each on a channel of its own. The broker hands a queue over to a consumer of higher priority once the
 * old one has acknowledged all that it holds, and returns what it holds when its channel closes: so this consumer never cancels.
 */
export function createOrderedConsumer(
  url: string,
  name: string,
  {
    queues,
    prefetch,
    log,
    tried,
  }: { queues: () => readonly OrderedQueue[]; prefetch: number; log: Logger; tried?: LoginTried | undefined },
): OrderedConsumer {
  let connection: Connection | undefined
  let current: readonly ConsumeChannel[] = []
  let leaving = false
  let receive: (delivery: Delivery) => void
  let opened!: () => void
  const ready = new Promise<void>((resolve) => (opened = resolve))

  async function subscribe(opening: ChannelModel) {
    const gather = gatherWrites(opening)
    const channels: ConsumeChannel[] = []
    for (const { name: queue, priority } of queues()) {
      const channel = new ConsumeChannel(await opening.createChannel(), { gather, queue, prefetch, receive, priority })
      opening.on('close', () => channel.leave('the connection was closed'))
      channels.push(channel)
      await channel.begin()
    }
    current = channels
    const ended = Promise.race(channels.map(({ left }) => left))
    // One lost channel ends the session, and what the others hold is delivered again.
    void ended.then(() => {
      for (const channel of channels) channel.leave('another queue of the handler was lost')
      if (current === channels) current = []
    })
    return { ended, close: () => Promise.all(channels.map((channel) => channel.close())) }
  }

  return {
    ready,
    get subscribed() {
      return current.length > 0 && !leaving
    },
    get window() {
      return current.length * prefetch
    },
    get held() {
      return current.reduce((sum, { held }) => sum + held, 0)
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
    reopen() {
      for (const channel of current) channel.leave('another share of the queues')
    },
    async close() {
      await connection?.close()
    },
  }
}
