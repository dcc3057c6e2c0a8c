import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ChannelModel } from 'amqplib'
import type { Logger } from 'pino'
import type { LoginTried } from '../settings/logins.ts'
import { backOff } from '../time/back-off.ts'
import { isLoginRefused, logIn } from './login.ts'

/** Milliseconds between two tries to connect. */
const reconnect = { shortest: 100, longest: 10_000 }
const heartbeat = 10
/** Milliseconds that the broker may take to open a session: channels that it does not answer on look alive by their heartbeats. */
const opensWithin = 20_000
/** Milliseconds that it may take to close gracefully. */
const closesWithin = 5_000

/** A session that lasts at most as long as its connection. */
export interface Session {
  /** Resolves when the session is over and a new one is needed: a channel was closed, a consumer was lost. */
  readonly ended: Promise<unknown>
  /** Closes it gracefully, before its connection is closed. */
  close?(): Promise<unknown>
}

export interface Connection {
  /** Resolves when the first session is open. */
  readonly ready: Promise<void>
  close(): Promise<void>
}

/**
 * Keeps one connection to the broker: opens a session on it, and when either ends, starts again after a random pause of up to
 * 0.1–10 s that doubles with each failure (full jitter). While a queue is missing or a permission refused it keeps trying:
 * in a cluster the operator declares them at its own pace.
 *
 * @param tried called after each try to log in
 */
export function keepConnected(
  url: string,
  name: string,
  open: (connection: ChannelModel) => Promise<Session>,
  log: Logger,
  tried: LoginTried = () => undefined,
): Connection {
  const closing = new AbortController()
  const aborted = new Promise<void>((resolve) => closing.signal.addEventListener('abort', () => resolve()))
  let stands!: () => void
  const ready = new Promise<void>((resolve) => (stands = resolve))

  async function live(): Promise<void> {
    const connection = await logIn(url, { name, heartbeat }).catch((error: unknown) => {
      tried({ refused: isLoginRefused(error) })
      throw error
    })
    tried({ refused: false })
    const closed = new Promise<Error | undefined>((resolve) => {
      connection.on('error', resolve)
      connection.on('close', resolve)
    })
    try {
      const session = await Promise.race([
        open(connection),
        closed.then((error) => Promise.reject(error ?? new Error('the connection was closed'))),
        after(opensWithin).then(() => Promise.reject(new Error(`no session within ${opensWithin} ms`))),
        aborted,
      ])
      if (!session) return
      log.debug({ connection: name }, 'connected')
      stands()
      failures = 0
      const reason = await Promise.race([session.ended, closed, aborted])
      if (!closing.signal.aborted) return log.warn({ connection: name, reason: String(reason) }, 'connection lost')
      await Promise.race([session.close?.().catch(() => undefined), closed, after(closesWithin)])
    } finally {
      await hangUp(connection, closed)
    }
  }

  let failures = 0
  const running = (async () => {
    while (!closing.signal.aborted) {
      await live().catch((error: unknown) =>
        log.warn({ connection: name, reason: String(error) }, 'no connection to the broker'),
      )
      failures += 1
      await sleep(backOff(failures, reconnect), undefined, { signal: closing.signal }).catch(() => undefined)
    }
  })()

  return {
    ready,
    async close() {
      closing.abort()
      await running
    },
  }
}

/** Closes gracefully or, when the broker does not answer, forcibly: amqplib's own promise would never settle then. */
async function hangUp(connection: ChannelModel, closed: Promise<unknown>): Promise<void> {
  await Promise.race([connection.close().catch(() => undefined), closed, after(closesWithin)])
  // With an error, so that calls still waiting on one of its channels reject.
  socketOf(connection).destroy(new Error('the broker did not close the connection'))
  await closed
}

/** A pause that does not keep the process alive. */
function after(milliseconds: number): Promise<void> {
  return sleep(milliseconds, undefined, { ref: false })
}

function socketOf(connection: ChannelModel): Socket {
  return (connection.connection as unknown as { stream: Socket }).stream
}

/**
 * Announces that frames are about to be written, so that those of one turn go out in one write. amqplib writes each by itself, two
 * turns later at the most, and a system call for each took a seventh of a handler's processor time.
 */
export function gatherWrites(connection: ChannelModel): () => void {
  const stream = socketOf(connection)
  return () => {
    if (stream.writableCorked > 0) return
    stream.cork()
    setImmediate(() => setImmediate(() => stream.uncork()))
  }
}
