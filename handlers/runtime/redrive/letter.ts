import type { ConsumeMessage } from 'amqplib'
import { count } from '../message/header-values.ts'
import { header } from '../message/headers.ts'
import { consumes, unrouted } from '../topology/index.ts'

/** What is known about a dead letter. Any producer may have written its text: print it with `printable`. */
export interface DeadLetter {
  /** The handler that could not handle it, or `unrouted` for a message that reached no queue. */
  readonly handler: string
  readonly id: string | undefined
  readonly type: string
  /** A `DeadReason`; `delivery_limit` if the broker itself gave up; or any text that a producer wrote there. */
  readonly reason: string
  readonly error: string
  readonly stack: string | undefined
  readonly diedAt: Date | undefined
  /** The earliest time that the message carries; its age counts from here. */
  readonly since: Date | undefined
  readonly attempts: number | undefined
  /** How often it was redriven. */
  readonly redrives: number
  /** How often of these by a schedule. */
  readonly scheduledRedrives: number
  readonly version: string | undefined
  /** The broker user and routing key of the first publish; the handler checks them again after a redrive. */
  readonly origin: { readonly user: string; readonly key: string }
}

/** Reads a delivery of a dead letter queue or of `unrouted`. A letter that the broker itself dead-lettered has only `x-death`. */
export function letterOf({ fields, properties }: ConsumeMessage, handler: string): DeadLetter {
  const headers: Record<string, unknown> = properties.headers ?? {}
  const death = deathIn(headers, handler)
  const reason = death?.reason ?? text(headers[header.deadReason]) ?? (handler === unrouted ? unrouted : 'unknown')
  const diedAt = death?.at ?? date(headers[header.deadAt])
  const published = [date(headers[header.publishedAt]), date(seconds(properties.timestamp)), diedAt]
  return {
    handler,
    id: text(properties.messageId),
    type: text(properties.type) ?? '(no type)',
    reason,
    error: (!death && text(headers[header.deadError])) || (sentences[reason] ?? ''),
    stack: death ? undefined : text(headers[header.deadStack]),
    diedAt,
    since: published.filter((time) => time !== undefined).sort((one, other) => +one - +other)[0],
    attempts: death ? undefined : number(headers[header.deadAttempts]),
    redrives: count(headers[header.redrives], 0),
    scheduledRedrives: count(headers[header.scheduledRedrives], 0),
    version: death ? undefined : text(headers[header.deadVersion]),
    origin:
      death && !(death.exchange === 'due' || death.exchange === 'redrive')
        ? { user: text(properties.userId) ?? '', key: death.key }
        : { user: text(headers[header.originUser]) ?? '', key: text(headers[header.originKey]) ?? fields.routingKey },
  }
}

const sentences: Record<string, string> = {
  delivery_limit: 'the broker gave up: too many deliveries ended with a crash of the process or a lost connection',
  unrouted: 'it reached no queue: no handler is bound to its routing key',
}

/**
 * The broker's own record of a message that it removed from the handler's queue. A dead letter that the handler published has no
 * `x-death`; an entry about another queue is left from an earlier wait, or a producer invented it.
 */
function deathIn(headers: Record<string, unknown>, handler: string) {
  const [last] = Array.isArray(headers['x-death']) ? (headers['x-death'] as Record<string, unknown>[]) : []
  if (handler === unrouted || !last || !consumes(handler, String(last['queue']))) return undefined
  const keys = last['routing-keys']
  return {
    reason: text(last['reason']) ?? 'unknown',
    at: date(seconds((last['time'] as { value?: unknown } | undefined)?.value)),
    exchange: text(last['exchange']) ?? '',
    key: (Array.isArray(keys) && text(keys[0])) || '',
  }
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function number(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

/** AMQP counts time in seconds. */
function seconds(value: unknown): number | undefined {
  const amount = number(value)
  return amount === undefined ? undefined : amount * 1000
}

function date(value: unknown): Date | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined
  const time = new Date(value)
  return Number.isNaN(time.getTime()) ? undefined : time
}
