import type { RequestListener } from 'node:http'
import type { Logger } from 'pino'
import type { AnyOutput } from './later.ts'
import type { Db, Subscription } from './on.ts'
import type { Ask } from './question.ts'

/** What a handler reads of the world around its process. */
export interface World {
  /**
   * The value of a variable that `handler.yaml` names under `env`: the environment's, else the one in `handler.yaml`.
   *
   * @throws when `handler.yaml` does not name it, which ends the process at start with one sentence and exit code 78
   */
  readonly env: (name: string) => string
  /** Reads outside of any message, for HTTP routes. Needs `database: true` and `http`. */
  readonly read: Db['query']
  /** Writes and sends from outside of any message. Needs `database: true`. */
  readonly submit: Submit
  /** Asks another handler from outside of any message; `asks` of `handler.yaml` names the questions. */
  readonly ask: Ask
  readonly log: Logger
}

/**
 * Runs `work` in a transaction and publishes what it returns, exactly once for a committed transaction:
 * the messages are stored with the rows before the first publish, and stored messages without a confirm are published again.
 * Works of many callers share a transaction and may interleave in it: each is a single statement, or touches rows of its own alone.
 *
 * @returns the work's `value`, and whether the broker has confirmed every message: `false` means not yet known, not lost.
 * @throws Unavailable while the database is lost. If its answer to the commit was lost, the work may have been done: work that is
 * submitted again must recognize what an earlier one has stored, by a key of its caller.
 */
export type Submit = <Value>(
  work: (db: Db) => Promise<{ value: Value; messages: readonly AnyOutput[] }>,
  options: { correlationId: string },
) => Promise<{ value: Value; confirmed: boolean }>

/** A handler as the runtime runs it: what `handler()` returns. */
export interface Handler<Ports = any> {
  readonly subscriptions: (ports: Ports) => readonly Subscription[]
  readonly ports: (world: World) => Ports
  readonly serve?: (ports: Ports, world: World) => RequestListener
  readonly ownRowsOnly: boolean
}

/** The parts of a handler, as its author names them. */
export interface HandlerParts<Ports> {
  /** A pure function from ports (the bank, the mailer, the clock) to a list of `on(...)`: tests call it with ports of their own. */
  readonly subscriptions: (ports: Ports) => readonly Subscription[]
  readonly ports?: PortsOf<Ports>
  /** Answers HTTP on the port that `handler.yaml` names under `http`. */
  readonly serve?: (ports: Ports, world: World) => RequestListener
  /**
   * A promise about every `apply` of this handler: it is a single statement, or it touches rows of its own message alone.
   * Then the applies of a transaction may interleave, which saves each of them its round trips to the database.
   * Without the promise they run one after another. `false` by default.
   */
  readonly ownRowsOnly?: boolean
}

/** The parts of a handler whose subscriptions take ports. */
interface PartsWithPorts<Ports> extends HandlerParts<Ports> {
  readonly ports: PortsOf<Ports>
}

/** Makes the real ports. Nothing else of a handler reads the world. */
type PortsOf<Ports> = (world: World) => NoInfer<Ports>

/**
 * The default export of `handlers/<name>/handler.ts`.
 *
 * @example
 * export const payments = (bank: Bank) => [on(AuthorizePayment, [PaymentAuthorized], …)]
 * export default handler({ subscriptions: payments, ports: ({ env }) => httpBank(env('BANK_URL')), ownRowsOnly: true })
 */
export function handler<Ports = undefined>(
  parts: undefined extends Ports ? HandlerParts<Ports> : PartsWithPorts<Ports>,
): Handler<Ports> {
  const { subscriptions, ports = () => undefined as Ports, serve, ownRowsOnly = false } = parts
  return { subscriptions, ports, ownRowsOnly, ...(serve && { serve }) }
}
