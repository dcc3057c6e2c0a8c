/**
 * What an error of PostgreSQL says about its cause, and so what follows for the messages of its transaction.
 *
 * - `lost`: the server cannot work for any message. The connection is given up, the handler waits, no attempt is spent.
 * - `denied`: the same, because the server rejects this role or has no such database. It takes an operator to change that.
 * - `outdated`: the session's prepared statements no longer fit the schema. The transaction runs again on a fresh session.
 * - `doubtful`: the statement is wrong, unless the session planned it for an earlier schema. On a session that has been used before,
 *   the transaction runs again on a fresh one; there the error counts.
 * - `conflict`: another transaction was in the way. The transaction runs again, a few times.
 * - `slow`: the server ended the transaction because it took too long. An attempt of its message is spent.
 * - `refused`: the statement or its values are wrong. An attempt of its message is spent.
 */
export type Verdict = 'lost' | 'denied' | 'outdated' | 'doubtful' | 'conflict' | 'slow' | 'refused'

/** The verdict on each class of errors in Appendix A of PostgreSQL's manual, and on the codes that differ from their class. */
export const sqlstates: Readonly<Record<string, Verdict>> = {
  /** SQL statement not yet complete. */
  '03': 'refused',
  /** Connection exception. */
  '08': 'lost',
  /** Protocol violation: a wrong number of values, above all. */
  '08P01': 'refused',
  /** Triggered action exception. */
  '09': 'refused',
  /** Feature not supported. */
  '0A': 'refused',
  /** Cached plan must not change result type. */
  '0A000 RevalidateCachedQuery': 'outdated',
  /** Invalid transaction initiation. */
  '0B': 'refused',
  /** Locator exception. */
  '0F': 'refused',
  /** Invalid grantor. */
  '0L': 'refused',
  /** Invalid role specification. */
  '0P': 'refused',
  /** XQuery error. */
  '10': 'refused',
  /** Diagnostics exception. */
  '0Z': 'refused',
  /** Case not found. */
  '20': 'refused',
  /** Cardinality violation. */
  '21': 'refused',
  /** Data exception. A parameter keeps the type that its column had when the statement was prepared. */
  '22': 'doubtful',
  /** Integrity constraint violation. */
  '23': 'refused',
  /** Invalid cursor state. */
  '24': 'refused',
  /** Invalid transaction state. */
  '25': 'refused',
  /** Read-only transaction: a standby, or a server that was made read-only for a fail-over. */
  '25006': 'lost',
  /** Idle in transaction for too long. */
  '25P03': 'slow',
  /** Transaction timeout. */
  '25P04': 'slow',
  /** Invalid statement name: the session lost its prepared statements. */
  '26': 'outdated',
  /** Triggered data change violation. */
  '27': 'refused',
  /** Invalid authorization: a wrong password, a role that may not log in. */
  '28': 'denied',
  /** Dependent privilege descriptors still exist. */
  '2B': 'refused',
  /** Invalid transaction termination: a commit inside of a function. */
  '2D': 'refused',
  /** Exception in an SQL routine. */
  '2F': 'refused',
  /** Invalid cursor name. */
  '34': 'refused',
  /** Exception in an external routine. */
  '38': 'refused',
  /** Exception in the invocation of an external routine. */
  '39': 'refused',
  /** Savepoint exception. */
  '3B': 'refused',
  /** The database does not exist. */
  '3D': 'denied',
  /** Invalid schema name. */
  '3F': 'doubtful',
  /** Transaction rollback: a deadlock, a serialization failure. */
  '40': 'conflict',
  /** A deferred constraint is violated. */
  '40002': 'refused',
  /** Statement completion unknown: the inbox knows. */
  '40003': 'lost',
  /** Syntax error or access rule violation. A missing table or grant stops the messages that need it, not the others. */
  '42': 'doubtful',
  /** Duplicate prepared statement. */
  '42P05': 'outdated',
  /** A `with check option` is violated. */
  '44': 'refused',
  /** Insufficient resources: the disk is full, memory or connections are used up. */
  '53': 'lost',
  /** Configuration limit exceeded: `temp_file_limit`, by this statement. */
  '53400': 'refused',
  /** Program limit exceeded: a value, row or statement that is too large. */
  '54': 'refused',
  /** Object not in prerequisite state. */
  '55': 'refused',
  /** Lock not available, within `lock_timeout` or with `nowait`. */
  '55P03': 'conflict',
  /** Operator intervention: the server shuts down, starts, has crashed, or drops the database. */
  '57': 'lost',
  /** Query cancelled, by `statement_timeout` or an operator: this statement alone. */
  '57014': 'refused',
  /** System error: a failed read or write, a missing file. */
  '58': 'lost',
  /** File name too long. */
  '58P03': 'refused',
  /** Snapshot too old, until PostgreSQL 16. */
  '72': 'conflict',
  /** Configuration file error. */
  F0: 'lost',
  /** Foreign data wrapper error. */
  HV: 'refused',
  /** The foreign server is out of memory. */
  HV001: 'lost',
  /** The foreign server cannot be reached. */
  HV00N: 'lost',
  /** Error in PL/pgSQL, `raise exception` among them. */
  P0: 'refused',
  /** Internal error: a value that is too large, or an object that is gone since the statement was planned. */
  XX: 'doubtful',
  /** Data corrupted. */
  XX001: 'lost',
  /** Index corrupted. */
  XX002: 'lost',
}

/**
 * The verdict on an error of PostgreSQL; undefined for a code that is no SQLSTATE of its own, such as one of an extension.
 *
 * @param routine the server's function that raised it, which no translation changes
 */
export function verdictOf(code: string, routine?: string): Verdict | undefined {
  return sqlstates[`${code} ${routine}`] ?? sqlstates[code] ?? sqlstates[code.slice(0, 2)]
}
