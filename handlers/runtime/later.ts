import type { Message } from './contract.ts'
import { milliseconds, type Duration } from './duration.ts'

/** A message for later: a row in the handler's own database, written in the same transaction as everything else. */
export interface Later<M extends Message = Message> {
  readonly due: Due
  readonly message: M
  /** What the saga engine cancels a deadline by; what a handler sets for later always comes. */
  readonly name?: string
}

/** A date, or so many milliseconds after the message is stored, by the clock of the handler's database. */
export type Due = Date | { readonly after: number }

/** The message, published after that long: never before, at most a second late while the handler is awake. Needs `database: true`. */
export function delay<M extends Message>(duration: Duration, message: M): Later<M> {
  return { due: { after: milliseconds(duration) }, message }
}

/** The message, published at that time by the clock of the database or, if it has passed, at once. Needs `database: true`. */
export function at<M extends Message>(due: Date, message: M): Later<M> {
  return { due, message }
}
