import type { ChannelModel } from 'amqplib'
import type { Logger } from 'pino'
import type { LoginTried } from '../settings/logins.ts'
import { within } from '../time/within.ts'
import { gatherWrites, keepConnected } from './connection.ts'
import { isRefusal, refusalOf, type Fate, type Publication } from './fate.ts'
import { PublishChannel } from './publish-channel.ts'
import { BlockedRoutes, type BlockedRoute } from './routes.ts'

/** Milliseconds that the broker may take to confirm. */
const confirmWithin = 10_000
/** Milliseconds without a confirm after which no caller is made to wait for one. */
const silentAfter = 4_000

export interface Publisher {
  /** Publishes all, and resolves with the fate of each, in order, when the last one is known. Never rejects. */
  publish(publications: readonly Publication[]): Promise<Fate[]>
  readonly ready: Promise<void>
  readonly connected: boolean
  /** Whether a confirm can be expected soon: it is connected, and none has been owed for long. */
  readonly confirming: boolean
  /** Routes on which the broker takes nothing now, and why. */
  readonly blocked: readonly BlockedRoute[]
  close(): Promise<void>
}

/**
 * Publishes on a connection of its own: during an alarm the broker stops reading from connections that publish, and acknowledgements
 * must not wait behind them.
 *
 * The broker answers a message that it refuses by closing the channel, without saying which one it was, and everything else that was
 * under way on that channel is lost with it. So each of these is published again alone, on a channel of its own. That finds the guilty
 * one; its route is blocked then, and what takes that route keeps off the shared channel, with one try a second, until one is confirmed.
 */
export function openPublisher(url: string, name: string, log: Logger, tried?: LoginTried): Publisher {
  let connection: ChannelModel | undefined
  let shared: PublishChannel | undefined
  let gather = () => {}
  let accepting = true
  let lastAlone: Promise<unknown> = Promise.resolve()
  const routes = new BlockedRoutes()

  async function open(opening: ChannelModel) {
    let end!: (reason: unknown) => void
    const ended = new Promise<unknown>((resolve) => (end = resolve))
    opening.on('blocked', (reason) => {
      accepting = false
      log.warn({ reason }, 'the broker accepts no messages for now')
    })
    opening.on('unblocked', () => {
      accepting = true
      shared?.unanswered.restartClock()
      log.info('the broker accepts messages again')
    })
    opening.on('close', () => {
      shared = undefined
      if (connection === opening) connection = undefined
      end('the connection was closed')
    })
    accepting = true
    connection = opening
    gather = gatherWrites(opening)
    await share(opening, end)
    const watch = setInterval(() => {
      if (accepting && (shared?.unanswered.longestWait ?? 0) > confirmWithin)
        end(`no confirm within ${confirmWithin} ms`)
    }, 1_000)
    watch.unref()
    void ended.then(() => clearInterval(watch))
    return { ended }
  }

  /** Opens the channel that publications share, and another one each time the broker has closed it because of one of them. */
  async function share(opening: ChannelModel, end: (reason: unknown) => void): Promise<void> {
    const channel = await PublishChannel.open(opening)
    shared = channel
    void channel.closed.then((reason) => {
      if (shared === channel) shared = undefined
      if (!isRefusal(reason) || connection !== opening) return end(reason ?? 'the channel was closed')
      log.warn({ reason: String(reason) }, 'the broker refused a message and closed the channel')
      share(opening, end).catch(end)
    })
  }

  async function publishOne(publication: Publication): Promise<Fate> {
    if (routes.closesChannel(publication)) return routes.mayTry(publication) ? publishAlone(publication) : 'blocked'
    if (!shared) return 'unknown'
    const answer = await shared.publish(publication)
    return answer === 'suspected' ? publishSuspect(publication) : learn(publication, answer)
  }

  /** By the time it is its turn, the guilty route may be known. */
  function publishSuspect(publication: Publication): Promise<Fate> {
    return inTurn(async () =>
      routes.mayTry(publication) ? learn(publication, await tryAlone(publication)) : 'blocked',
    )
  }

  function publishAlone(publication: Publication): Promise<Fate> {
    return inTurn(async () => learn(publication, await tryAlone(publication)))
  }

  /** One after another, so that however many are suspected, no more than one further channel is open. */
  function inTurn(work: () => Promise<Fate>): Promise<Fate> {
    const next = lastAlone.then(work)
    lastAlone = next
    return next
  }

  async function tryAlone(publication: Publication): Promise<Fate> {
    if (!connection || !accepting) return 'unknown'
    const givenUp = new AbortController()
    try {
      return await within(confirmWithin, fateAlone(connection, publication, givenUp.signal), () => {
        givenUp.abort()
        return new Error('no confirm in time')
      })
    } catch {
      return 'unknown'
    }
  }

  function learn(publication: Publication, fate: Fate): Fate {
    if (!routes.learn(publication, fate)) return fate
    const { exchange, key } = publication
    if (fate === 'confirmed') log.info({ exchange, key }, 'the broker takes these messages again')
    else log.error({ exchange, key, fate }, 'the broker does not take these messages')
    return fate
  }

  const kept = keepConnected(url, name, open, log, tried)
  return {
    publish(publications) {
      gather()
      return Promise.all(publications.map(publishOne))
    },
    ready: kept.ready,
    get connected() {
      return shared !== undefined && accepting
    },
    get confirming() {
      return shared !== undefined && accepting && shared.unanswered.longestWait < silentAfter
    },
    get blocked() {
      return routes.all
    },
    close: () => kept.close(),
  }
}

/** The fate of a message that has a channel to itself, so that what the broker says of the channel, it says of the message. */
async function fateAlone(connection: ChannelModel, publication: Publication, givenUp: AbortSignal): Promise<Fate> {
  const channel = await PublishChannel.open(connection)
  const close = () => void channel.close()
  // Published now, it would be there twice: its caller goes on with another try.
  if (givenUp.aborted) {
    close()
    return 'unknown'
  }
  givenUp.addEventListener('abort', close)
  const answer = await channel.publish(publication)
  if (answer === 'suspected') return refusalOf(channel.unanswered.closedBy) ?? 'unknown'
  close()
  return answer
}
