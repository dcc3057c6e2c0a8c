import type { Channel, ChannelModel, ConsumeMessage } from 'amqplib'
import type { Logger } from 'pino'
import { gatherWrites, keepConnected } from './connection.ts'
import { SettledTags } from './acks.ts'

/** Clean acknowledgements until a consumer is trusted with its full prefetch. */
const trustAfter = 5

/** A delivery as the broker handed it over. It dies with its channel: then the broker delivers it again. */
export interface RawDelivery {
  readonly raw: ConsumeMessage
  readonly alive: boolean
}

export interface Consumer {
  readonly ready: Promise<void>
  readonly subscribed: boolean
  /** How many deliveries the broker may hand over without an acknowledgement, now. */
  readonly window: number
  /** How many it has handed over. */
  readonly held: number
  /** Acknowledges; deliveries of a channel that is gone are left out. */
  acknowledge(deliveries: readonly RawDelivery[]): void
  /** Takes nothing new; what is held can still be acknowledged. */
  cancel(): Promise<void>
  close(): Promise<void>
}

/**
 * Consumes one queue, on a connection of its own.
 *
 * Slow start: one delivery at a time until five were handled, so that a message that kills the process meets no neighbours:
 * quorum queues hand out the returned ones first.
 */
export function openConsumer(
  url: string,
  name: string,
  {
    queue,
    prefetch,
    receive,
    log,
  }: { queue: string; prefetch: number; receive: (delivery: RawDelivery) => void; log: Logger },
): Consumer {
  interface Subscribed {
    channel: Channel
    gather: () => void
    tags: SettledTags
    tag: string
    clean: number
    window: number
    gone: boolean
    leave: (reason: unknown) => void
  }
  let current: Subscribed | undefined
  let cancelled = false
  let widening: Promise<void> | undefined
  const owners = new WeakMap<RawDelivery, Subscribed>()

  async function open(connection: ChannelModel) {
    let end!: (reason: unknown) => void
    const ended = new Promise<unknown>((resolve) => (end = resolve))
    const channel = await connection.createChannel()
    const self: Subscribed = {
      channel,
      gather: gatherWrites(connection),
      tags: new SettledTags(),
      tag: '',
      clean: 0,
      window: 1,
      gone: false,
      leave: end,
    }
    self.leave = (reason) => {
      self.gone = true
      if (current === self) current = undefined
      end(reason)
    }
    channel.on('error', self.leave)
    channel.on('close', () => self.leave('the channel was closed'))
    connection.on('close', () => self.leave('the connection was closed'))
    await subscribe(self, 1)
    if (!self.gone) current = self
    // A connection that closes does not wait for the last acknowledgements, a channel does.
    return { ended, close: () => channel.close() }
  }

  async function subscribe(self: Subscribed, window: number) {
    self.window = window
    await self.channel.prefetch(window)
    const { consumerTag } = await self.channel.consume(queue, (raw) => {
      // Without a message the consumer itself is lost: its queue was deleted, or the consumer timeout struck.
      if (!raw) return self.leave('the consumer was cancelled by the broker')
      const delivery: RawDelivery = {
        raw,
        get alive() {
          return !self.gone
        },
      }
      owners.set(delivery, self)
      self.tags.delivered(raw.fields.deliveryTag)
      if (self.window === 1 && suspect(raw)) self.clean = 0
      receive(delivery)
    })
    self.tag = consumerTag
    if (cancelled) await self.channel.cancel(consumerTag)
  }

  /** The delivery in hand is acknowledged last: earlier, the broker gives the old consumer another one, which its end hands back. */
  async function trust(self: Subscribed, tags: readonly number[]) {
    try {
      // The prefetch of a consumer is fixed when it begins: a larger one needs a new consumer.
      await self.channel.cancel(self.tag)
      if (!cancelled) await subscribe(self, prefetch)
      if (!self.gone) settle(self, tags)
    } catch (error) {
      self.leave(error)
    }
  }

  function settle(self: Subscribed, tags: readonly number[]) {
    self.gather()
    for (const { tag, multiple } of self.tags.settle(tags)) {
      self.channel.ack({ fields: { deliveryTag: tag } } as ConsumeMessage, multiple)
    }
  }

  const connection = keepConnected(url, name, open, log)
  return {
    ready: connection.ready,
    get subscribed() {
      return current !== undefined && !cancelled
    },
    get window() {
      return current?.window ?? 0
    },
    get held() {
      return current?.tags.size ?? 0
    },
    acknowledge(deliveries) {
      const self = current
      if (!self) return
      const tags = deliveries
        .filter((delivery) => owners.get(delivery) === self)
        .map(({ raw }) => raw.fields.deliveryTag)
      if (self.window < prefetch && self.clean < trustAfter && !cancelled) {
        self.clean += tags.length
        if (self.clean >= trustAfter) return void (widening = trust(self, tags))
      }
      settle(self, tags)
    },
    async cancel() {
      cancelled = true
      await widening
      if (current) await current.channel.cancel(current.tag).catch(() => undefined)
    },
    async close() {
      await widening
      await connection.close()
    },
  }
}

function suspect({ fields, properties }: ConsumeMessage): boolean {
  return fields.redelivered && Number(properties.headers?.['x-delivery-count'] ?? 0) >= 1
}
