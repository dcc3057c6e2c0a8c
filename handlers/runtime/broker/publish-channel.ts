import type { ChannelModel, ConfirmChannel } from 'amqplib'
import type { Publication } from './fate.ts'
import { Unanswered, type Answer } from './unanswered.ts'

/** A confirm channel and its unanswered publications. */
export class PublishChannel {
  readonly unanswered = new Unanswered()
  /** Resolves when the channel is closed, with the broker's reason if it had one. */
  readonly closed: Promise<unknown>
  readonly #channel: ConfirmChannel

  static async open(connection: ChannelModel): Promise<PublishChannel> {
    return new PublishChannel(await connection.createConfirmChannel())
  }

  private constructor(channel: ConfirmChannel) {
    this.#channel = channel
    channel.on('return', ({ properties }) => this.unanswered.returned(String(properties.messageId ?? '')))
    // Emitted before the callbacks of unanswered publications.
    channel.on('error', (error: unknown) => this.unanswered.closed(error))
    this.closed = new Promise((resolve) => channel.on('close', () => resolve(this.unanswered.closedBy)))
  }

  publish({ exchange, key, content, options }: Publication): Promise<Answer> {
    return new Promise((resolve) => {
      const confirm = this.unanswered.add(options.messageId ?? '', resolve)
      try {
        this.#channel.publish(exchange, key, content, options, confirm)
      } catch (error) {
        confirm(error)
      }
    })
  }

  async close(): Promise<void> {
    await this.#channel.close().catch(() => undefined)
  }
}
