import { setTimeout as sleep } from 'node:timers/promises'
import type { ChannelModel, ConsumeMessage } from 'amqplib'
import type { Logger } from 'pino'
import type { LoginTried } from '../settings/logins.ts'
import { keepConnected, type Connection } from './connection.ts'

/** Messages that the broker hands over ahead. */
const prefetch = 100
/** Milliseconds without a message after which what was there has been read. */
const quiet = { usual: 200, atMost: 2_000 }

export interface ReadOptions {
  readonly queue: string
  /** Handles a message; it never rejects. */
  readonly read: (raw: ConsumeMessage) => Promise<void>
  readonly log: Logger
  readonly tried: LoginTried
}

/**
 * Reads a stream from its beginning, one message after another, on a connection of its own; after each reconnect again from the
 * beginning, because a stream that was made anew has other offsets.
 *
 * @returns `ready` resolves when everything has been read that was there at the start
 */
export function readStream(url: string, name: string, { queue, read, log, tried }: ReadOptions): Connection {
  let caughtUp!: () => void
  const ready = new Promise<void>((resolve) => (caughtUp = resolve))

  async function open(connection: ChannelModel) {
    let end!: (reason: unknown) => void
    const ended = new Promise<unknown>((resolve) => (end = resolve))
    const channel = await connection.createChannel()
    channel.on('error', end)
    channel.on('close', () => end('the channel was closed'))
    await channel.prefetch(prefetch)
    const { messageCount } = await channel.checkQueue(queue)
    let arrived = 0
    let lastAt = performance.now()
    let reading = Promise.resolve()
    await channel.consume(
      queue,
      (raw) => {
        // Without a message the consumer itself is lost: its queue was deleted.
        if (!raw) return end('the consumer was cancelled by the broker')
        reading = reading
          .then(() => read(raw))
          .then(() => {
            arrived += 1
            lastAt = performance.now()
            channel.ack(raw)
          })
          .catch(end)
      },
      { arguments: { 'x-stream-offset': 'first' } },
    )
    const watch = async () => {
      let open = true
      void ended.then(() => (open = false))
      for (;;) {
        const silent = performance.now() - lastAt
        // The broker's count may lag behind, in either direction.
        if (!open || silent > quiet.atMost || (silent > quiet.usual && arrived >= messageCount)) break
        await sleep(quiet.usual / 4, undefined, { ref: false })
      }
      if (open) caughtUp()
    }
    void watch()
    return { ended, close: () => channel.close() }
  }

  const connection = keepConnected(url, name, open, log, tried)
  return { ready, close: () => connection.close() }
}
