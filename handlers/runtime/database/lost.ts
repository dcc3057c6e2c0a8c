import pg from 'pg'
import { Unavailable } from '../failures.ts'

/**
 * The database, or the network path to it, is down. An error that a handler throws never counts as this, whatever it looks like:
 * it is a failure of its message alone.
 */
export class DatabaseLost extends Unavailable {
  constructor(cause: unknown) {
    super('database', { cause })
  }
}

/** Whether an error of pg means that the database or the network path to it is down, rather than that a statement was wrong. */
export function isConnectionLost({ code, message }: { code?: string | undefined; message: string }): boolean {
  if (code !== undefined && /^(08|57P|53|25P0[34]|58)/.test(code)) return true
  if (code !== undefined && /^(ECONN|EPIPE|ETIMEDOUT|EHOST|ENOTFOUND|ENET|EAI_AGAIN)/.test(code)) return true
  return /connection terminated|client has encountered a connection error|not queryable|client was closed|timeout exceeded when trying to connect/i.test(
    message,
  )
}

/** Whether the server ended a transaction because it took too long or was idle for too long. */
export function isTooSlow({ code }: { code?: string | undefined }): boolean {
  return code === '25P03' || code === '25P04'
}

/** Whether a transaction was the victim of another one and can simply be run again. */
export function isConflict(error: unknown): boolean {
  return error instanceof pg.DatabaseError && ['40001', '40P01', '55P03'].includes(error.code ?? '')
}
