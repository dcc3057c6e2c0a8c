import type { Socket } from 'node:net'
import pg from 'pg'
import type { Logger } from 'pino'
import { Unavailable } from '../failures.ts'
import type { Db } from '../on.ts'
import { TimedOut } from '../delivery/disposition.ts'

/** Statements that get a name and so a plan of their own; a handler that builds texts must not fill the server with them. */
const maxNamed = 200

/**
 * The database, or the way to it, is down. What a handler throws is never taken for it, whatever it looks like: its message alone
 * is to blame.
 */
export class DatabaseLost extends Unavailable {
  constructor(cause: unknown) {
    super('database', { cause })
  }
}

/** Milliseconds for which a transaction may do nothing: a process that is stopped in the middle of one frees the handler's lock. */
const idleTimeout = 10_000
/** Milliseconds that a connection may take to end in good order. */
const endsWithin = 1_000
/** What the server said when it ended a connection. */
const fatalErrors = new WeakMap<pg.Client, Error>()
const limiting = new WeakSet<pg.Client>()

export interface Database {
  /** The one connection, opened when it is needed. Throws `DatabaseLost` when that fails. */
  client(): Promise<pg.Client>
  /** Gives up a connection whose state is not known. */
  discard(client: pg.Client): void
  close(): Promise<void>
}

/** One pipelined connection that opens itself again. */
export function openDatabase(url: string, name: string, log: Logger): Database {
  let opening: Promise<pg.Client> | undefined
  let newest: pg.Client | undefined

  async function open(): Promise<pg.Client> {
    const client = new pg.Client({
      connectionString: url,
      application_name: name,
      pipeline: true,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      connectionTimeoutMillis: 5_000,
      idle_in_transaction_session_timeout: idleTimeout,
    })
    newest = client
    client.on('error', (error) => {
      fatalErrors.set(client, fatalErrors.get(client) ?? error)
      log.warn({ reason: error.message }, 'the database connection was lost')
      discard(client)
    })
    await client.connect()
    const { rows } = await client.query<{ server_version_num: string }>('show server_version_num')
    if (Number(rows[0]?.server_version_num) >= 170_000) limiting.add(client)
    return client
  }

  function discard(client: pg.Client) {
    if (client === newest) opening = undefined
    void client.end().catch(() => undefined)
    // Through a link that leads nowhere nothing ends.
    setTimeout(() => streamOf(client).destroy(), endsWithin).unref()
  }

  return {
    async client() {
      opening ??= open()
      const attempt = opening
      try {
        return await attempt
      } catch (error) {
        if (opening === attempt) opening = undefined
        throw new DatabaseLost(error)
      }
    },
    discard,
    async close() {
      await (await opening?.catch(() => undefined))?.end().catch(() => undefined)
    },
  }
}

/** Whether the server can end a transaction that never does: PostgreSQL 17 and later. */
export function limitsTransactions(client: pg.Client): boolean {
  return limiting.has(client)
}

const transactionWords =
  /^(?:\s|;|--.*\n|\/\*(?:[^*]|\*(?!\/))*\*\/)*(begin|start\s+transaction|commit|end|rollback|abort|savepoint|release|prepare\s+transaction)\b/i
const names = new Map<string, string>()

/** The name under which the server keeps a statement's plan. Throws when a handler tries to end the runtime's transaction. */
export function statement(text: string): string | undefined {
  const known = names.get(text)
  if (known !== undefined) return known
  if (transactionWords.test(text))
    throw new Error(`a handler may not run "${text.trim().slice(0, 40)}": the runtime owns the transaction`)
  if (names.size >= maxNamed) return undefined
  const name = `s${names.size}`
  names.set(text, name)
  return name
}

/** The `db` of one transaction. It refuses to work once the transaction is over. */
export function dbOf(client: pg.Client): Db & { end(): void } {
  let over = false

  async function ask<Row extends object>(text: string, values: readonly unknown[]) {
    if (over) throw new Error('`db` was used after its transaction had ended: await every query')
    const name = statement(text)
    const { rows, rowCount } = await send<Row>(client, {
      text,
      values: values as unknown[],
      // Without a name, the simple protocol would take several statements at once, a `commit` among them.
      ...(name === undefined ? { queryMode: 'extended' } : { name }),
    })
    return { rows, rowCount: rowCount ?? 0 }
  }

  return {
    query<Row extends object>(text: string, values: readonly unknown[] = []) {
      const answer = ask<Row>(text, values)
      // A failure that nobody awaits fails the transaction, and with it the message; it must not end the process as well.
      answer.catch(() => undefined)
      return answer
    },
    end() {
      over = true
    },
  }
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
    if (!isConnectionLost(error as Error)) throw error
    const cause = fatalErrors.get(client) ?? error
    throw isTooSlow(cause as { code?: string })
      ? new TimedOut(`the transaction was ended: ${String(cause)}`)
      : new DatabaseLost(error)
  })
}

/** Whether the server has ended a transaction because of what was done in it, or was not. */
function isTooSlow({ code }: { code?: string | undefined }): boolean {
  return code === '25P03' || code === '25P04'
}

function streamOf(client: pg.Client): Socket {
  return (client as unknown as { connection: { stream: Socket } }).connection.stream
}

/** Whether what pg says means that the database or the way to it is down, rather than that a statement was wrong. */
export function isConnectionLost({ code, message }: { code?: string | undefined; message: string }): boolean {
  if (code !== undefined && /^(08|57P|53|25P0[34]|58)/.test(code)) return true
  if (code !== undefined && /^(ECONN|EPIPE|ETIMEDOUT|EHOST|ENOTFOUND|ENET|EAI_AGAIN)/.test(code)) return true
  return /connection terminated|client has encountered a connection error|not queryable|client was closed|timeout exceeded when trying to connect/i.test(
    message,
  )
}

/** Whether a transaction was a victim of another one and can simply be tried again. */
export function isConflict(error: unknown): boolean {
  return error instanceof pg.DatabaseError && ['40001', '40P01', '55P03'].includes(error.code ?? '')
}
