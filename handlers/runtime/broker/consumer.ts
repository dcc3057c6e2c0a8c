import type { Channel, ChannelModel, ConsumeMessage } from 'amqplib'
import type { Logger } from 'pino'
import { header } from '../message/headers.ts'
import { SettledTags } from './acks.ts'
import { gatherWrites, keepConnected, type Connection } from './connection.ts'

/** Deliveries that the process must outlive before it is given its full prefetch. */
const trustAfter = 5
/** Milliseconds after which a process that still lives has outlived what it holds. */
const outlivedAfter = 2_000

/** A message that the broker handed over. It dies with its channel: then the broker delivers it again. */
export interface Delivery {
  readonly raw: ConsumeMessage
  readonly alive: boolean
  /** Tells the broker to forget the message. Without effect once the delivery is dead. */
  acknowledge(): void
  /** Its work has returned, whatever it returned, so this message does not kill the process. */
  outlived(): void
}

export interface Consumer {
  readonly ready: Promise<void>
  readonly subscribed: boolean
  /** How many deliveries the broker may hand over without an acknowledgement, now. */
  readonly window: number
  /** How many deliveries are not acknowledged yet. */
  readonly held: number
  /** Begins to consume; `receive` gets each delivery. */
  open(receive: (delivery: Delivery) => void): void
  /** Takes nothing new; deliveries in hand can still be acknowledged. */
  cancel(): Promise<void>
  close(): Promise<void>
}

/**
 * Consumes one queue, on a connection of its own.
 *
 * Slow start: one delivery at a time, so that a message that kills the process has no neighbours, until the process has outlived five of
 * them or two seconds. A delivery that an earlier process did not survive starts the count again, and must return: quorum queues hand
 * out such messages first.
 */
export function createConsumer(
  url: string,
  name: string,
  { queue, prefetch, log }: { queue: string; prefetch: number; log: Logger },
): Consumer {
  let connection: Connection | undefined
  let current: Subscribed | undefined
  let cancelled = false
  let receive: (delivery: Delivery) => void
  let opened!: () => void
  const ready = new Promise<void>((resolve) => (opened = resolve))

  async function subscribe(opening: ChannelModel) {
    const self = new Subscribed(await opening.createChannel(), gatherWrites(opening), queue, prefetch, receive)
    opening.on('close', () => self.leave('the connection was closed'))
    void self.left.then(() => {
      if (current === self) current = undefined
    })
    await self.begin()
    if (cancelled) await self.cancel()
    if (self.alive) current = self
    // A connection that closes does not wait for the last acknowledgements, a channel does.
    return { ended: self.left, close: () => self.close() }
  }

  return {
    ready,
    get subscribed() {
      return current !== undefined && !cancelled
    },
    get window() {
      return current?.window ?? 0
    },
    get held() {
      return current?.held ?? 0
    },
    open(take) {
      receive = take
      connection = keepConnected(url, name, subscribe, log)
      void connection.ready.then(opened)
    },
    async cancel() {
      cancelled = true
      await current?.cancel()
    },
    async close() {
      await connection?.close()
    },
  }
}

/** One channel that consumes the queue, from its opening until it is lost. */
class Subscribed {
  readonly left: Promise<unknown>
  readonly leave: (reason: unknown) => void
  alive = true
  window = 1
  readonly #channel: Channel
  readonly #gather: () => void
  readonly #queue: string
  readonly #prefetch: number
  readonly #receive: (delivery: Delivery) => void
  readonly #tags = new SettledTags()
  #consumerTag = ''
  #settled: number[] = []
  #outlived = 0
  #patience: NodeJS.Timeout | undefined
  #trusted = false
  #cancelled = false
  #widening: Promise<void> | undefined

  constructor(
    channel: Channel,
    gather: () => void,
    queue: string,
    prefetch: number,
    receive: (delivery: Delivery) => void,
  ) {
    this.#channel = channel
    this.#gather = gather
    this.#queue = queue
    this.#prefetch = prefetch
    this.#receive = receive
    let end!: (reason: unknown) => void
    this.left = new Promise((resolve) => (end = resolve))
    this.leave = (reason) => {
      this.alive = false
      clearTimeout(this.#patience)
      end(reason)
    }
    channel.on('error', this.leave)
    channel.on('close', () => this.leave('the channel was closed'))
  }

  get held(): number {
    return this.#tags.size
  }

  begin(): Promise<void> {
    return this.#consume(1)
  }

  async cancel(): Promise<void> {
    this.#cancelled = true
    await this.#widening
    await this.#channel.cancel(this.#consumerTag).catch(() => undefined)
  }

  async close(): Promise<void> {
    await this.#widening
    this.#flush()
    this.alive = false
    await this.#channel.close()
  }

  /** Acknowledgements of one turn share a frame where they can. */
  acknowledge(tag: number): void {
    if (!this.alive) return
    if (this.#settled.length === 0 && !this.#widening) setImmediate(() => this.#flush())
    this.#settled.push(tag)
  }

  outlived(): void {
    if (this.#trusted) return
    this.#outlived += 1
    this.#outliveWithTime()
    if (this.#outlived >= trustAfter) this.#trust()
  }

  async #consume(window: number): Promise<void> {
    this.window = window
    await this.#channel.prefetch(window)
    const { consumerTag } = await this.#channel.consume(this.#queue, (raw) => {
      // Without a message the consumer itself is lost: its queue was deleted, or the consumer timeout struck.
      if (!raw) return this.leave('the consumer was cancelled by the broker')
      this.#tags.delivered(raw.fields.deliveryTag)
      this.#watch(raw)
      this.#receive(new HeldDelivery(raw, this))
    })
    this.#consumerTag = consumerTag
  }

  #watch(raw: ConsumeMessage): void {
    if (this.#trusted) return
    if (!isSuspect(raw)) return this.#outliveWithTime()
    this.#outlived = 0
    clearTimeout(this.#patience)
    this.#patience = undefined
  }

  #outliveWithTime(): void {
    this.#patience ??= setTimeout(() => {
      this.#patience = undefined
      // Only with a delivery in hand: else the broker may hand one to the old consumer at this moment, and take it back.
      if (this.held > 0) this.#trust()
    }, outlivedAfter)
  }

  #trust(): void {
    if (this.#cancelled || this.#trusted || !this.alive) return
    this.#trusted = true
    if (this.#prefetch <= this.window) return
    clearTimeout(this.#patience)
    this.#widening = this.#widen().finally(() => {
      this.#widening = undefined
      this.#flush()
    })
  }

  /** The prefetch of a consumer is fixed when it begins: a larger one needs a new consumer. What the old one holds stays in hand. */
  async #widen(): Promise<void> {
    try {
      await this.#channel.cancel(this.#consumerTag)
      if (!this.#cancelled) await this.#consume(this.#prefetch)
    } catch (error) {
      this.leave(error)
    }
  }

  #flush(): void {
    // Acknowledged earlier, the delivery in hand would make the broker hand another one to the consumer that is about to end.
    if (this.#widening || this.#settled.length === 0 || !this.alive) return
    this.#gather()
    for (const { tag, multiple } of this.#tags.settle(this.#settled.splice(0))) {
      this.#channel.ack({ fields: { deliveryTag: tag } } as ConsumeMessage, multiple)
    }
  }
}

class HeldDelivery implements Delivery {
  readonly raw: ConsumeMessage
  readonly #holder: Subscribed
  #outlived = false

  constructor(raw: ConsumeMessage, holder: Subscribed) {
    this.raw = raw
    this.#holder = holder
  }

  get alive(): boolean {
    return this.#holder.alive
  }

  acknowledge(): void {
    this.#holder.acknowledge(this.raw.fields.deliveryTag)
  }

  outlived(): void {
    if (this.#outlived) return
    this.#outlived = true
    this.#holder.outlived()
  }
}

function isSuspect({ fields, properties }: ConsumeMessage): boolean {
  return fields.redelivered && Number(properties.headers?.[header.deliveryCount] ?? 0) >= 1
}
