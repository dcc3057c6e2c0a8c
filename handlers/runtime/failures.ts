/**
 * Thrown by a handler: this message can never succeed. It goes to the dead letters at once, without a retry.
 *
 * @example throw new Reject(`inventory: order ${orderId} was committed: its items have left the warehouse`)
 */
export class Reject extends Error {
  override readonly name = 'Reject'
}

/**
 * Thrown by a handler: a dependency is down and the message is not to blame. It spends no attempt and is tried again once the
 * dependency answers; five in a row pause the whole handler.
 *
 * @example throw new Unavailable('bank', { cause: error })
 */
export class Unavailable extends Error {
  override readonly name = 'Unavailable'
  readonly dependency: string

  /**
   * @param dependency its name in one word: a label of the metrics and a column of the tables
   * @param options what is known of the reason
   * @param options.cause the error, or the answer, that showed it
   */
  constructor(dependency: string, { cause }: { cause?: unknown } = {}) {
    const sentence = `${dependency} is unavailable`
    const reason = cause instanceof Error ? cause.message : String(cause)
    super(cause === undefined ? sentence : `${sentence}: ${reason}`, { cause })
    this.dependency = dependency
  }
}

/**
 * Thrown by a handler: the message came before the one that it builds on. It is retried like a failure, but counted apart: its
 * attempts stay unspent.
 *
 * @example throw new TooEarly(`payments: order ${orderId} has no authorization yet`)
 */
export class TooEarly extends Error {
  override readonly name = 'TooEarly'
}

/**
 * Thrown by `ask`: the answerer could not answer. Its message is the answerer's own sentence.
 */
export class AnswerFailed extends Error {
  override readonly name = 'AnswerFailed'
}
