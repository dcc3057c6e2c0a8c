import type { ConsumeMessage, Options } from 'amqplib'
import type { Tier } from '../topology/tiers.ts'
import { carriedHeaders, carriedProperties } from './carried.ts'
import type { DeadReason } from './dead-reason.ts'
import { describe, stackOf } from './error-text.ts'
import { cut, maxText } from './header-values.ts'
import { header } from './headers.ts'
import type { History } from './history.ts'
import { printableLines } from './printable.ts'

/** Bytes of an error's description, and of its stack in a dead letter. */
const maxError = 512
const maxStack = 2_048

/** An outgoing copy of a delivery: the same body under the same id, for the delay exchange or the dead letters. */
export interface Copy {
  readonly exchange: 'delay' | 'dead'
  readonly key: string
  readonly content: Buffer
  readonly options: Options.Publish
}

/** Where the copy of a delivery goes. */
export type Destination =
  | { readonly to: 'delay'; readonly tier: Tier; readonly history: History; readonly error: unknown }
  | { readonly to: 'dead'; readonly reason: DeadReason; readonly history: History; readonly error: unknown }

/** The identity of this process towards the broker. */
export interface Identity {
  readonly name: string
  /** The broker's user, which it checks on every message. */
  readonly user: string
  /** Of the handler's code: dead letters carry it. */
  readonly version: string
}

/**
 * The copy that leaves in place of a delivery. Of the headers that arrived it keeps only those that Warren reads: `x-death`,
 * counters and CC would be interpreted by the broker or by the next consumer, and a large table makes amqplib throw.
 */
export function copyOf(raw: ConsumeMessage, destination: Destination, handler: Identity): Copy {
  const { properties, content } = raw
  const headers: Record<string, unknown> = {
    ...carriedHeaders(properties.headers),
    [header.attempt]: destination.history.attempt,
    [header.deferrals]: destination.history.deferrals,
    [header.crashes]: destination.history.crashes,
    [header.originUser]: cut(destination.history.user, maxText),
    [header.originKey]: cut(destination.history.key, maxText),
    [header.originExchange]: destination.history.exchange,
  }
  if (destination.to === 'delay') {
    Object.assign(headers, {
      [header.lastError]: line(describe(destination.error, maxError), maxError),
      [header.lastErrorAt]: new Date().toISOString(),
    })
  } else {
    Object.assign(headers, {
      [header.deadReason]: destination.reason,
      [header.deadError]: line(describe(destination.error, maxError), maxError),
      [header.deadStack]: line(stackOf(destination.error), maxStack),
      [header.deadHandler]: handler.name,
      [header.deadVersion]: handler.version,
      [header.deadAt]: new Date().toISOString(),
      [header.deadAttempts]: destination.history.attempt,
    })
  }
  return {
    exchange: destination.to,
    key: destination.to === 'dead' ? handler.name : `${destination.tier}.${handler.name}`,
    content,
    options: {
      ...carriedProperties(properties),
      userId: handler.user,
      deliveryMode: 2,
      mandatory: true,
      headers,
    },
  }
}

/**
 * Control characters escaped, so that a log or a terminal shows them instead of interpreting them; truncated by bytes, as headers
 * are measured.
 */
function line(value: string, maxBytes: number): string {
  return cut(printableLines(value.slice(0, maxBytes)).toWellFormed(), maxBytes)
}
