import { setMaxListeners } from 'node:events'
import type { ChannelModel } from 'amqplib'
import type { Logger } from 'pino'
import type { LoginTried } from '../settings/logins.ts'
import { gatherWrites, keepConnected, type Connection } from './connection.ts'
import { ConsumeChannel, type Delivery } from './consume-channel.ts'
import type { Consumer } from './consumer.ts'

export interface OrderedConsumer extends Consumer {
  /** Consumes these queues from now on, and no others: what is held of those goes to their next consumer, in its order. */
  share(queues: readonly string[]): void
}

export interface OrderedConsumerOptions {
  readonly queues: readonly string[]
  /** Of each queue. */
  readonly prefetch: number
  readonly log: Logger
  readonly tried?: LoginTried | undefined
}

/**
 * Consumes single-active queues, each on a channel of its own. The broker hands a queue over to the next consumer, and returns what the last
 * one held, when its channel closes: so this consumer never cancels. It has no priority either: RabbitMQ 4.3 may keep the consumer of a
 * process that was killed while one of a higher priority waited, and then no consumer gets anything of that queue.
 */
export function createOrderedConsumer(
  url: string,
  name: string,
  { queues, prefetch, log, tried }: OrderedConsumerOptions,
): OrderedConsumer {
  let connection: Connection | undefined
  let session: { readonly channels: Map<string, ConsumeChannel>; readonly adjust: () => void } | undefined
  let wanted = queues
  let leaving = false
  let receive: (delivery: Delivery) => void
  let opened!: () => void
  const ready = new Promise<void>((resolve) => (opened = resolve))

  async function subscribe(opening: ChannelModel) {
    const gather = gatherWrites(opening)
    // Each channel listens to it.
    setMaxListeners(0, opening)
    const channels = new Map<string, ConsumeChannel>()
    let end!: (reason: unknown) => void
    const ended = new Promise<unknown>((resolve) => (end = resolve))

    async function adjust() {
      for (const [queue, channel] of channels) {
        if (wanted.includes(queue)) continue
        channels.delete(queue)
        await channel.close()
      }
      for (const queue of wanted) {
        if (channels.has(queue)) continue
        const options = { gather, queue, prefetch, receive, inOrder: true }
        const channel = new ConsumeChannel(await opening.createChannel(), options)
        opening.on('close', () => channel.leave('the connection was closed'))
        channels.set(queue, channel)
        // One that is lost ends the session, and what the others hold is delivered again.
        void channel.left.then((reason) => channels.get(queue) === channel && end(reason))
        await channel.begin()
      }
    }

    await adjust()
    let adjusting = Promise.resolve()
    const current = { channels, adjust: () => (adjusting = adjusting.then(adjust).catch(end)) }
    session = current
    void ended.then(() => {
      for (const channel of channels.values()) channel.leave('another queue of the handler was lost')
      if (session === current) session = undefined
    })
    return { ended, close: () => Promise.all([...channels.values()].map((channel) => channel.close())) }
  }

  return {
    ready,
    get subscribed() {
      return session !== undefined && !leaving
    },
    get window() {
      return (session?.channels.size ?? 0) * prefetch
    },
    get held() {
      return [...(session?.channels.values() ?? [])].reduce((sum, { held }) => sum + held, 0)
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
    share(queues) {
      wanted = queues
      session?.adjust()
    },
    async close() {
      await connection?.close()
    },
  }
}
