import pg from 'pg'
import { Unavailable } from '../failures.ts'
import { TimedOut } from '../time/within.ts'
import { verdictOf, type Verdict } from './sqlstates.ts'

/**
 * The database cannot work: it is down, read-only, full, or the network path to it is gone. An error that a handler throws never counts
 * as this, whatever it looks like: it is a failure of its message alone.
 */
export class DatabaseLost extends Unavailable {
  /** Whether the commit of the transaction had been sent, so that only the database knows whether it has happened. */
  readonly mayHaveCommitted: boolean

  constructor(cause: unknown, mayHaveCommitted = false) {
    super('database', { cause })
    this.mayHaveCommitted = mayHaveCommitted
  }
}

/** The session knows statements that no longer fit the schema: the transaction must run again on a fresh one. */
export class Outdated extends Error {
  override readonly name = 'Outdated'

  constructor(cause: Error) {
    super(`the schema has changed since this connection prepared its statements: ${cause.message}`, { cause })
  }
}

/** The server rolled back instead of committing, because a statement had failed. */
export class RolledBack extends Error {
  override readonly name = 'RolledBack'
}

/** What pg reports of a failed statement or connection: `code` is an SQLSTATE, or a code of Node's sockets. */
interface Failure {
  readonly message: string
  readonly code?: string | undefined
  readonly routine?: string | undefined
}

const networkCode = /^(ECONN|EPIPE|ETIMEDOUT|EHOST|ENOTFOUND|ENET|EAI_AGAIN)/
/** How pg says without a code that the connection is gone. */
const connectionGone =
  /connection terminated|client has encountered a connection error|not queryable|client was closed|timeout exceeded when trying to connect/i

/** What a failed statement or connection means for the messages of its transaction. */
export function judge({ code, routine, message }: Failure): Verdict {
  if (code !== undefined && networkCode.test(code)) return 'lost'
  return (
    (code === undefined ? undefined : verdictOf(code, routine)) ?? (connectionGone.test(message) ? 'lost' : 'refused')
  )
}

/** A failed statement as its caller gets it: `DatabaseLost` or `TimedOut` when the statement is not to blame, else as it is. */
export function inWords(failure: Error): Error {
  const verdict = judge(failure)
  if (verdict === 'lost' || verdict === 'denied') return new DatabaseLost(failure)
  return verdict === 'slow' ? new TimedOut(`the transaction was ended: ${String(failure)}`) : failure
}

/**
 * Why a transaction failed. The first statement that failed decides: what a handler throws because of it, or because of those that
 * follow from it, says less. But a handler may turn an error of a statement that is to blame into one of its own.
 *
 * @param first the error of the first statement that failed in the transaction
 * @param isFresh whether the transaction is the first one of its session, so that none of its statements can be outdated
 */
export function rootCause(thrown: unknown, first: Error | undefined, isFresh: boolean): unknown {
  if (!first || endsSession(thrown)) return thrown
  if (endsSession(first) || isConflict(first)) return first
  const verdict = judge(first)
  if (!isFresh && (verdict === 'outdated' || verdict === 'doubtful')) return new Outdated(first)
  return followsFromAnother(thrown) ? first : thrown
}

/** Whether an error says no more than that an earlier statement of the transaction had failed. */
function followsFromAnother(error: unknown): boolean {
  return error instanceof RolledBack || (error instanceof pg.DatabaseError && error.code === '25P02')
}

/** Whether the state of the session is unknown or of no use after this error, so that its connection is to be given up. */
export function endsSession(error: unknown): boolean {
  return error instanceof DatabaseLost || error instanceof TimedOut || error instanceof Outdated
}

/** Whether a transaction was the victim of another one and can simply be run again. */
export function isConflict(error: unknown): boolean {
  return error instanceof pg.DatabaseError && judge(error) === 'conflict'
}
