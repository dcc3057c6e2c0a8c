import type { ChannelModel, ConfirmChannel, Options } from 'amqplib'
import type { Logger } from 'pino'
import { gatherWrites, keepConnected } from './connection.ts'

const confirmWithin = 10_000

/** One message for the wire. */
export interface Publication {
  readonly exchange: string
  readonly key: string
  readonly content: Buffer
  readonly options: Options.Publish & { messageId?: string }
}

/** `confirmed`: the broker has it and it reached a queue. `returned`: no queue wanted it. `unknown`: no answer; publish it again. */
export type Fate = 'confirmed' | 'returned' | 'unknown'

export interface Publisher {
  /** Publishes all, and resolves with the fate of each, in order, when the last one is known. Never rejects. */
  publish(publications: readonly Publication[]): Promise<Fate[]>
  readonly ready: Promise<void>
  readonly connected: boolean
  close(): Promise<void>
}

/**
 * Publishes on a connection of its own: during an alarm the broker stops reading from those who publish, and acknowledgements
 * must not wait behind them.
 */
export function openPublisher(url: string, name: string, log: Logger): Publisher {
  let channel: ConfirmChannel | undefined
  let gather = () => {}
  let blocked = false
  /** While the broker accepts nothing, it owes no confirm. */
  let unblockedAt = 0
  /** Publishes without an answer, the oldest first. */
  const unanswered = new Set<{ readonly since: number; settle: (fate: Fate) => void }>()
  // A confirm is not a delivery: a returned message is confirmed all the same, and its return comes first.
  const returned = new Map<string, number>()

  async function open(connection: ChannelModel) {
    let end!: (reason: unknown) => void
    const ended = new Promise<unknown>((resolve) => (end = resolve))
    connection.on('blocked', (reason) => {
      blocked = true
      log.warn({ reason }, 'the broker accepts no messages for now')
    })
    connection.on('unblocked', () => {
      blocked = false
      unblockedAt = Date.now()
      log.info('the broker accepts messages again')
    })
    blocked = false
    const opened = await connection.createConfirmChannel()
    opened.on('return', ({ properties }) => {
      const id = String(properties.messageId ?? '')
      returned.set(id, (returned.get(id) ?? 0) + 1)
    })
    opened.on('error', end)
    opened.on('close', () => {
      channel = undefined
      returned.clear()
      for (const one of unanswered) one.settle('unknown')
      end('the channel was closed')
    })
    connection.on('close', () => opened.emit('close'))
    channel = opened
    gather = gatherWrites(connection)
    const watch = setInterval(() => {
      const [oldest] = unanswered
      if (oldest && !blocked && Date.now() - Math.max(oldest.since, unblockedAt) > confirmWithin)
        end(`no confirm within ${confirmWithin} ms`)
    }, 1_000)
    watch.unref()
    void ended.then(() => clearInterval(watch))
    return { ended }
  }

  const connection = keepConnected(url, name, open, log)

  function publishOne({ exchange, key, content, options }: Publication): Promise<Fate> {
    const id = options.messageId ?? ''
    return new Promise((resolve) => {
      const entry = {
        since: Date.now(),
        settle: (fate: Fate) => {
          unanswered.delete(entry)
          resolve(fate)
        },
      }
      if (!channel) return resolve('unknown')
      unanswered.add(entry)
      try {
        channel.publish(exchange, key, content, options, (error: unknown) => {
          const returns = returned.get(id)
          if (returns === undefined) return entry.settle(error ? 'unknown' : 'confirmed')
          if (returns > 1) returned.set(id, returns - 1)
          else returned.delete(id)
          entry.settle('returned')
        })
      } catch (error) {
        log.warn({ reason: String(error) }, 'publishing failed')
        entry.settle('unknown')
      }
    })
  }

  return {
    publish(publications) {
      gather()
      return Promise.all(publications.map(publishOne))
    },
    ready: connection.ready,
    get connected() {
      return channel !== undefined && !blocked
    },
    close: () => connection.close(),
  }
}
