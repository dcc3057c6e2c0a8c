import type { ChannelModel } from 'amqplib'
import type { Logger } from 'pino'
import type { LoginTried } from '../settings/logins.ts'
import { gatherWrites, keepConnected, type Connection } from './connection.ts'
import { ConsumeChannel, type Delivery } from './consume-channel.ts'

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

/** Consumes one queue, on a connection of its own, with a slow start on each channel. */
export function createConsumer(
  url: string,
  name: string,
  { queue, prefetch, log, tried }: { queue: string; prefetch: number; log: Logger; tried?: LoginTried | undefined },
): Consumer {
  let connection: Connection | undefined
  let current: ConsumeChannel | undefined
  let cancelled = false
  let receive: (delivery: Delivery) => void
  let opened!: () => void
  const ready = new Promise<void>((resolve) => (opened = resolve))

  async function subscribe(opening: ChannelModel) {
    const channel = await opening.createChannel()
    const self = new ConsumeChannel(channel, { gather: gatherWrites(opening), queue, prefetch, receive })
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
      connection = keepConnected(url, name, subscribe, log, tried)
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
