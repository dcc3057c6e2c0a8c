import type { Message } from './contract.ts'
import { milliseconds, type Duration } from './duration.ts'

/** A message for later: a row in the handler's own database, written in the same transaction as everything else. */
export interface Later<M extends Message = Message> {
  readonly due: Due
  readonly message: M
  /** What it is replaced or cancelled by. An author's begins with `@`, which no saga's deadline does. */
  readonly name?: string
}

/** A date, or so many milliseconds after the message is stored, by the clock of the handler's database. */
export type Due = Date | { readonly after: number }

/** Takes back the message for later that waits under a name. Made by `cancel`. */
export interface Cancel {
  readonly cancels: string
}

/** The next run of a schedule, which follows in the transaction of the last one. */
export interface NextRun {
  readonly run: Date
  readonly schedule: string
  readonly message: Message
}

/** Whatever handling a message may lead to. */
export type AnyOutput = Message | Later | Cancel | NextRun

/** How a message for later may be set. */
export interface LaterOptions {
  /**
   * At most one message waits under a name, in all of the handler: a later one replaces it, and `cancel` takes it back. Up to 200
   * characters.
   */
  readonly name?: string
}

/** The message, published after that long: never before, at most a second late while the handler is awake. Needs `database: true`. */
export function delay<M extends Message>(duration: Duration, message: M, options: LaterOptions = {}): Later<M> {
  return { due: { after: milliseconds(duration) }, message, ...named(options) }
}

/** The message, published at that time by the clock of the database or, if it has passed, at once. Needs `database: true`. */
export function at<M extends Message>(due: Date, message: M, options: LaterOptions = {}): Later<M> {
  return { due, message, ...named(options) }
}

/**
 * Takes back the message that waits under this name. Without effect if none waits, or once its time has come and the handler has begun
 * to publish it. Needs `database: true`.
 *
 * @example
 * on(OrderPaid, ({ orderId }) => cancel(`reminder ${orderId}`))
 */
export function cancel(name: string): Cancel {
  return { cancels: own(name) }
}

function named({ name }: LaterOptions): { name?: string } {
  return name === undefined ? {} : { name: own(name) }
}

function own(name: string): string {
  if (name === '' || name.length > 200 || name.includes('\0') || !name.isWellFormed())
    throw new TypeError(
      `${JSON.stringify(name.slice(0, 40))} cannot name a message for later: write 1 to 200 characters without NUL, such as "reminder 4711"`,
    )
  return `@${name}`
}

/** Whether an author has given this name: a saga names its deadlines too. */
export function isOwnName(name: string): boolean {
  return name.startsWith('@')
}
