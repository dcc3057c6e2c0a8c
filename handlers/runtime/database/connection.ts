import type { Socket } from 'node:net'
import type pg from 'pg'
import type { Logger } from 'pino'
import type { LoginTried } from '../settings/logins.ts'
import { blame } from '../message/failed-statement.ts'
import { TimedOut, within } from '../time/within.ts'
import { clientOf, isLoginRefused } from './client.ts'
import { rootCause, DatabaseLost, endsSession, inWords } from './lost.ts'

/** Milliseconds for which a transaction may be idle, so that a process stopped in the middle of one releases the handler's lock. */
const idleTimeout = 10_000
/** Milliseconds that the server may take to let a client log in, and to answer its first query. */
const opensWithin = 5_000
/** Milliseconds that a connection may take to close gracefully. */
const endsWithin = 1_000
/**
 * Milliseconds after which a database that does not answer counts as lost: longer than a few replicas in turn may hold the lock.
 */
const answersWithin = 120_000
/** The error with which the server ended each connection. */
const fatalErrors = new WeakMap<pg.Client, Error>()
const limiting = new WeakSet<pg.Client>()
/** The error of the first statement that failed in the work on each connection. */
const firstFailures = new WeakMap<pg.Client, Error>()
/** Connections whose work has sent its commit. */
const committing = new WeakSet<pg.Client>()

export interface Database {
  /** The one connection, opened when it is needed. Throws `DatabaseLost` when that fails. */
  client(): Promise<pg.Client>
  /**
   * Works on the connection. When the work fails, its transaction is rolled back, or the connection is given up because its state is
   * unknown, its server cannot work, or its statements are outdated.
   *
   * @throws the error of the first statement that failed, if that says more than what the work threw
   */
  use<Result>(work: (client: pg.Client) => Promise<Result>): Promise<Result>
  close(): Promise<void>
}

/**
 * One pipelined connection that reopens itself.
 *
 * @param tried called after each try to log in
 */
export function openDatabase(url: string, name: string, log: Logger, tried: LoginTried = () => undefined): Database {
  let opening: Promise<pg.Client> | undefined
  let newest: pg.Client | undefined
  const used = new WeakSet<pg.Client>()

  async function open(): Promise<pg.Client> {
    const client = clientOf(url, {
      application_name: name,
      pipeline: true,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      connectionTimeoutMillis: opensWithin,
      idle_in_transaction_session_timeout: idleTimeout,
    })
    newest = client
    client.on('error', (error) => {
      fatalErrors.set(client, fatalErrors.get(client) ?? error)
      log.warn({ reason: error.message }, 'the database connection was lost')
      discard(client)
    })
    await client.connect().catch((error: unknown) => {
      tried({ refused: isLoginRefused(error) })
      throw error
    })
    tried({ refused: false })
    try {
      if ((await within(opensWithin, versionOf(client), noAnswer(opensWithin))) >= 170_000) limiting.add(client)
      return client
    } catch (error) {
      discard(client)
      throw error
    }
  }

  function discard(client: pg.Client) {
    if (client === newest) opening = undefined
    void end(client)
  }

  async function connected(): Promise<pg.Client> {
    opening ??= open()
    const attempt = opening
    try {
      return await attempt
    } catch (error) {
      if (opening === attempt) opening = undefined
      throw new DatabaseLost(error)
    }
  }

  return {
    client: connected,
    async use(work) {
      const client = await connected()
      const isFresh = !used.has(client)
      used.add(client)
      firstFailures.delete(client)
      committing.delete(client)
      try {
        return await answered(work(client))
      } catch (error) {
        const cause = rootCause(error, firstFailures.get(client), isFresh)
        if (endsSession(cause)) discard(client)
        else await answered(client.query('rollback')).catch(() => discard(client))
        throw cause instanceof DatabaseLost ? new DatabaseLost(cause.cause, committing.has(client)) : cause
      }
    },
    async close() {
      const client = await opening?.catch(() => undefined)
      if (client) await end(client)
    },
  }
}

/** A server that ends a session for its slowness says so once; of what follows, pg knows only that the connection is gone. */
function whyEnded(client: pg.Client, failure: Error): Error {
  const fatal = fatalErrors.get(client)
  const ended = fatal && failure instanceof DatabaseLost ? inWords(fatal) : failure
  return ended instanceof TimedOut ? ended : failure
}

/** Closes a connection gracefully or, on a dead link, which never confirms the end, forcibly. */
async function end(client: pg.Client): Promise<void> {
  setTimeout(() => streamOf(client).destroy(), endsWithin).unref()
  await client.end().catch(() => undefined)
}

async function versionOf(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ server_version_num: string }>('show server_version_num')
  return Number(rows[0]?.server_version_num)
}

function answered<Result>(work: Promise<Result>): Promise<Result> {
  return within(answersWithin, work, noAnswer(answersWithin))
}

function noAnswer(milliseconds: number): () => DatabaseLost {
  return () => new DatabaseLost(new Error(`no answer within ${milliseconds} ms`))
}

/** Whether the server can end a transaction that never ends by itself: PostgreSQL 17 and later. */
export function limitsTransactions(client: pg.Client): boolean {
  return limiting.has(client)
}

/**
 * Sends a statement without waiting for the ones before it. Rejects with `DatabaseLost` when the connection is gone.
 *
 * Statements of the same tick go out in one write: a system call for each took two fifths of a handler's processor time.
 */
export function send<Row extends pg.QueryResultRow>(
  client: pg.Client,
  config: string | pg.QueryConfig,
): Promise<pg.QueryResult<Row>> {
  const stream = streamOf(client)
  if (stream.writableCorked === 0) {
    stream.cork()
    process.nextTick(() => stream.uncork())
  }
  return client.query<Row>(config as pg.QueryConfig).catch((error: unknown) => {
    const failure = whyEnded(client, inWords(error as Error))
    // A statement is not to blame for the end of its connection.
    if (!(failure instanceof DatabaseLost)) blame(failure, typeof config === 'string' ? config : config.text)
    failed(client, failure)
    throw failure
  })
}

/** Records that the work on a connection has failed, whatever becomes of this error. */
export function failed(client: pg.Client, failure: Error): void {
  if (!firstFailures.has(client)) firstFailures.set(client, failure)
}

/** Ends the work on a connection with its commit. */
export function sendCommit(client: pg.Client): Promise<pg.QueryResult> {
  committing.add(client)
  return send(client, 'commit')
}

/** Whether a statement of the work on a connection has failed. */
export function hasFailed(client: pg.Client): boolean {
  return firstFailures.has(client)
}

/** Sends one of the runtime's own statements, whose plan the server keeps by name. */
export function sendNamed<Row extends pg.QueryResultRow>(
  client: pg.Client,
  name: string,
  text: string,
  values: unknown[],
): Promise<pg.QueryResult<Row>> {
  return send<Row>(client, { name: `warren_${name}`, text, values })
}

/** Waits for all, so that no pipelined statement is left behind, and throws the first error: the others only follow from it. */
export async function all<Value>(promises: readonly (Value | false | Promise<Value>)[]): Promise<(Value | false)[]> {
  const settled = await Promise.allSettled(promises)
  const failed = settled.find((one) => one.status === 'rejected')
  if (failed) throw failed.reason
  return settled.map((one) => (one as PromiseFulfilledResult<Value | false>).value)
}

function streamOf(client: pg.Client): Socket {
  return (client as unknown as { connection: { stream: Socket } }).connection.stream
}
