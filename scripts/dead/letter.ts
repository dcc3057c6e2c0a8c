import type { ConsumeMessage } from 'amqplib'
import { queueNames, unrouted } from '#runtime/topology/index.ts'

/** What is known about a dead letter. Every word of it may come from a stranger: print it with `printable`. */
export interface DeadLetter {
  /** The handler that could not handle it, or `unrouted` for what reached no queue. */
  readonly handler: string
  readonly id: string | undefined
  readonly type: string
  /** `malformed`, `exhausted` and so on; `delivery_limit` where the broker itself gave up. */
  readonly reason: string
  readonly error: string
  readonly stack: string | undefined
  readonly diedAt: Date | undefined
  /** The earliest time that anything about it tells: what its age is counted from. */
  readonly since: Date | undefined
  readonly attempts: number | undefined
  /** How often somebody has sent it back already. */
  readonly redrives: number
  readonly version: string | undefined
  /** Who published it first, and with which routing key: what the handler checks when it comes back. */
  readonly origin: { readonly user: string; readonly key: string }
}

/** Reads a delivery of a dead letter queue or of `unrouted`. One that the broker dead-lettered by itself has only `x-death`. */
export function letterOf({ fields, properties }: ConsumeMessage, handler: string): DeadLetter {
  const headers: Record<string, unknown> = properties.headers ?? {}
  const death = deathIn(headers, handler)
  const reason = death?.reason ?? text(headers['x-dead-reason']) ?? (handler === unrouted ? unrouted : 'unknown')
  const diedAt = death?.at ?? date(headers['x-dead-at'])
  const published = [date(headers['x-published-at']), date(seconds(properties.timestamp)), diedAt]
  return {
    handler,
    id: text(properties.messageId),
    type: text(properties.type) ?? '(no type)',
    reason,
    error: (!death && text(headers['x-dead-error'])) || (sentences[reason] ?? ''),
    stack: death ? undefined : text(headers['x-dead-stack']),
    diedAt,
    since: published.filter((time) => time !== undefined).sort((one, other) => +one - +other)[0],
    attempts: death ? undefined : number(headers['x-dead-attempts']),
    redrives: number(headers['x-redrives']) ?? 0,
    version: death ? undefined : text(headers['x-dead-version']),
    origin:
      death && !(death.exchange === 'due' || death.exchange === 'redrive')
        ? { user: text(properties.userId) ?? '', key: death.key }
        : { user: text(headers['x-origin-user']) ?? '', key: text(headers['x-origin-key']) ?? fields.routingKey },
  }
}

const sentences: Record<string, string> = {
  delivery_limit: 'the broker gave up: too many deliveries ended with the process or the connection',
  unrouted: 'no queue wanted it: no handler listens to its routing key',
}

/**
 * What the broker noted when it took the message out of the handler's queue by itself. The handler's own dead letters carry no
 * `x-death`, and one about another queue is the trace of an earlier wait or was made up by the producer.
 */
function deathIn(headers: Record<string, unknown>, handler: string) {
  const [last] = Array.isArray(headers['x-death']) ? (headers['x-death'] as Record<string, unknown>[]) : []
  if (handler === unrouted || !last || !queueNames({ name: handler }, 'work').includes(String(last['queue'])))
    return undefined
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
