import type { Channel, ConsumeMessage } from 'amqplib'
import { SettledTags } from './acks.ts'
import { SlowStart } from './slow-start.ts'

/** A message that the broker handed over. It dies with its channel: then the broker delivers it again. */
export interface Delivery {
  readonly raw: ConsumeMessage
  readonly alive: boolean
  /** Tells the broker to forget the message. Without effect once the delivery is dead. */
  acknowledge(): void
  /** Its work has returned, with a result or an error: this message does not kill the process. */
  outlived(): void
}

export interface ConsumeOptions {
  readonly queue: string
  readonly prefetch: number
  readonly receive: (delivery: Delivery) => void
  /** Announces that frames are about to be written, so that they share a system call. */
  readonly gather: () => void
  /** Whether the queue is single-active, and its messages have to keep their order. */
  readonly inOrder?: boolean
}

/** One channel that consumes the queue, from its opening until it is lost. */
export class ConsumeChannel {
  readonly left: Promise<unknown>
  readonly leave: (reason: unknown) => void
  alive = true
  window = 1
  readonly #channel: Channel
  readonly #gather: () => void
  readonly #queue: string
  readonly #prefetch: number
  readonly #inOrder: boolean
  readonly #receive: (delivery: Delivery) => void
  readonly #tags = new SettledTags()
  #consumerTag = ''
  #settled: number[] = []
  readonly #slowStart = new SlowStart(() => this.#trusted())
  #cancelled = false
  #widening: Promise<void> | undefined

  constructor(channel: Channel, { gather, queue, prefetch, receive, inOrder = false }: ConsumeOptions) {
    this.#channel = channel
    this.#gather = gather
    this.#queue = queue
    this.#prefetch = prefetch
    this.#inOrder = inOrder
    this.#receive = receive
    let end!: (reason: unknown) => void
    this.left = new Promise((resolve) => (end = resolve))
    this.leave = (reason) => {
      this.alive = false
      this.#slowStart.end()
      end(reason)
    }
    channel.on('error', this.leave)
    channel.on('close', () => this.leave('the channel was closed'))
  }

  get held(): number {
    return this.#tags.size
  }

  /**
   * A single-active queue has no slow start: what the broker takes back it hands out first, in its order, but only as long as each
   * consumer takes all of it at once. After one that took a part and was lost, the rest comes before that part.
   */
  begin(): Promise<void> {
    return this.#consume(this.#inOrder ? this.#prefetch : 1)
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
    this.#slowStart.outlived()
  }

  async #consume(window: number): Promise<void> {
    this.window = window
    await this.#channel.prefetch(window)
    const { consumerTag } = await this.#channel.consume(this.#queue, (raw) => {
      // Without a message the consumer itself is lost: its queue was deleted, or the consumer timeout struck.
      if (!raw) return this.leave('the consumer was cancelled by the broker')
      this.#tags.delivered(raw.fields.deliveryTag)
      this.#slowStart.delivered(raw)
      this.#receive(new HeldDelivery(raw, this))
    })
    this.#consumerTag = consumerTag
  }

  #trusted(): boolean {
    // Only with a delivery in hand: else the broker may hand one to the old consumer at this moment, and take it back.
    if (this.held === 0) return false
    if (this.#cancelled || !this.alive || this.#prefetch <= this.window) return true
    this.#widening = this.#widen().finally(() => {
      this.#widening = undefined
      this.#flush()
    })
    return true
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
    try {
      for (const { tag, multiple } of this.#tags.settle(this.#settled.splice(0))) {
        this.#channel.ack({ fields: { deliveryTag: tag } } as ConsumeMessage, multiple)
      }
    } catch (error) {
      // The connection has begun to close, of which the channel has no event yet.
      this.leave(error)
    }
  }
}

class HeldDelivery implements Delivery {
  readonly raw: ConsumeMessage
  readonly #holder: ConsumeChannel
  #outlived = false

  constructor(raw: ConsumeMessage, holder: ConsumeChannel) {
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
