import type { RequestListener } from 'node:http'
import type { Logger } from 'pino'
import type { Message } from './contract.ts'
import type { Later } from './later.ts'
import type { Db, Subscription } from './on.ts'

/** What the one line of a handler that reads the world is given. */
export interface World {
  /** The variables that `handler.yaml` names under `env`; asking for another one is an error at start. */
  readonly env: Readonly<Record<string, string>>
  /** Reads outside of any message, for those who answer HTTP. Needs `database: true`. */
  readonly read: Db['query']
  /** Writes and sends from outside of any message. Needs `database: true`. */
  readonly submit: Submit
  readonly log: Logger
}

/**
 * Runs `work` in a transaction and publishes what it returns, exactly once for a committed transaction:
 * the messages are stored with the rows before the first publish, and stored ones that no confirm reached are published again.
 * Works of many callers share a transaction and may interleave in it: each is a single statement, or touches rows of its own alone.
 *
 * @returns the work's `value`, and whether the broker has confirmed every message: `false` means not yet known, not lost.
 */
export type Submit = <Value>(
  work: (db: Db) => Promise<{ value: Value; messages: readonly (Message | Later)[] }>,
  options: { correlationId: string },
) => Promise<{ value: Value; confirmed: boolean }>

export interface Handler<Ports = any> {
  /** Pure: tests call it with ports of their own. */
  readonly subscriptions: (ports: Ports) => readonly Subscription[]
  readonly ports: (world: World) => Ports
  /** Answers HTTP on the port that `handler.yaml` names under `http`. */
  readonly serve?: (ports: Ports, world: World) => RequestListener
}

/**
 * A handler as the runtime runs it: the default export of `handlers/<name>/handler.ts`.
 *
 * @param subscriptions a pure function from ports (the bank, the mailer, the clock) to a list of `on(...)`
 * @param ports makes the real ports from the world; only this argument reads it
 * @param serve makes the HTTP listener of a handler that has `http` in its `handler.yaml`
 */
export function handler<Ports = undefined>(
  subscriptions: (ports: Ports) => readonly Subscription[],
  ...[ports, serve]: undefined extends Ports
    ? [ports?: Handler<Ports>['ports'], serve?: Handler<Ports>['serve']]
    : [ports: Handler<Ports>['ports'], serve?: Handler<Ports>['serve']]
): Handler<Ports> {
  return { subscriptions, ports: ports ?? (() => undefined as Ports), ...(serve && { serve }) }
}
