/** Thrown by a handler: this message can never succeed. It goes to the dead letters at once, without a retry. */
export class Reject extends Error {
  override readonly name = 'Reject'
}

/**
 * Thrown by a handler: a dependency is down; the message is not to blame. It spends no attempt and is tried again when the
 * dependency answers; five in a row pause the whole handler.
 */
export class Unavailable extends Error {
  override readonly name = 'Unavailable'
  readonly dependency: string

  /** @param dependency what is down, in one word: it becomes a label of the metrics and a column of the tables. */
  constructor(cause: unknown, dependency = 'dependency') {
    super(`${dependency} is unavailable: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
    this.dependency = dependency
  }
}

/** Thrown by a handler: too early, its predecessor has not arrived. Retried like a failure, but counted apart. */
export class Deferred extends Error {
  override readonly name = 'Deferred'
}
