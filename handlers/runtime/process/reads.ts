import { isLoginRefused, poolOf } from '../database/client.ts'
import { DatabaseLost, inWords } from '../database/lost.ts'
import type { Manifest } from '../manifest/schema.ts'
import { blame } from '../message/failed-statement.ts'
import type { Db } from '../on.ts'
import type { LoginTried } from '../settings/logins.ts'
import { Misconfigured } from './settings.ts'

/** Reads outside of any message, on connections of their own, which the server lets write nothing. */
export interface Reads {
  readonly query: Db['query']
  end(): Promise<void>
}

/** @param tried called after each try to log in */
export function openReads(url: string, { name }: Manifest, tried: LoginTried): Reads {
  const pool = poolOf(url, {
    application_name: `${name} reads`,
    max: 4,
    connectionTimeoutMillis: 5_000,
    statement_timeout: 10_000,
    options: '-c default_transaction_read_only=on',
  })
  // A lost idle connection is replaced by the next query; without a listener it would end the process.
  pool.on('error', () => undefined)
  pool.on('connect', () => tried({ refused: false }))
  return {
    async query(text, values = []) {
      try {
        const { rows, rowCount } = await pool.query(text, values as unknown[])
        return { rows: rows as never[], rowCount: rowCount ?? 0 }
      } catch (error) {
        if (isLoginRefused(error)) tried({ refused: true })
        const failure = inWords(error as Error)
        if (!(failure instanceof DatabaseLost)) blame(failure, text)
        throw failure
      }
    },
    end: () => pool.end(),
  }
}

/** In place of the reads of a handler that may not read outside of messages. */
export function noReads({ name }: Manifest): Db['query'] {
  return () =>
    Promise.reject(new Misconfigured(`${name}: a read needs database: true in handler.yaml, and http or answers`))
}
