import { isUtf8 } from 'node:buffer'
import { createHash } from 'node:crypto'
import type { ConsumeMessage } from 'amqplib'
import type { Received, Subscription } from '../on.ts'
import { TooEarly } from '../failures.ts'
import { isPriority } from '../priority.ts'
import { readAs } from '../upcast.ts'
import type { DeadReason } from './dead-reason.ts'
import { count, shortText } from './header-values.ts'
import { header } from './headers.ts'
import type { History } from './history.ts'
import { limits } from './limits.ts'
import { isTraceparent, traceparent } from './trace.ts'

/** A message that may be handled: its envelope and its data have been checked. */
export interface Accepted {
  readonly subscription: Subscription
  readonly data: unknown
  readonly received: Received
  readonly traceparent: string
}

/** A message that can never be handled as it is. */
export class Unacceptable extends Error {
  override readonly name = 'Unacceptable'
  readonly reason: DeadReason

  constructor(reason: DeadReason, message: string) {
    super(message)
    this.reason = reason
  }
}

/** A message of a version that this handler may know after an upgrade. */
export class UnsupportedVersion extends TooEarly {}

const maxDepth = 32
const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
/** Escapes that may hide a NUL, which PostgreSQL refuses, or half of a surrogate pair, which UTF-8 cannot encode. */
const suspiciousEscape = /\\u(?:0000|[dD][89a-fA-F])/

/** Whether a value is a UUID in lower case, which is what a message id must be. */
export function isMessageId(id: unknown): id is string {
  return typeof id === 'string' && uuidPattern.test(id)
}

/**
 * Distinguishes a duplicate from another message under the same id. Of a body that is too large it reads only as much as shows
 * that.
 */
export function fingerprint({ content, properties }: ConsumeMessage): string {
  const type: unknown = properties.type
  return createHash('sha256')
    .update(typeof type === 'string' ? type : '')
    .update(content.subarray(0, limits.bodyBytes + 1))
    .digest('base64')
}

/**
 * Validates a delivery: size, id, encoding, producer, type, depth and schema, in the order of their cost.
 * Throws `Unacceptable` when it can never be handled, `UnsupportedVersion` when this handler may know its version later.
 */
export function accept(
  raw: ConsumeMessage,
  history: History,
  subscriptions: ReadonlyMap<string, Subscription>,
): Accepted {
  const { content, properties } = raw
  if (content.length > limits.bodyBytes) {
    throw new Unacceptable('too-large', `the body has ${content.length} bytes, ${limits.bodyBytes} at most are allowed`)
  }
  const id: unknown = properties.messageId
  if (!isMessageId(id)) throw new Unacceptable('no-id', 'the message id must be a UUID in lower case')
  if (properties.contentType !== 'application/json') {
    throw new Unacceptable(
      'malformed',
      `the content type must be application/json (got ${quote(properties.contentType)})`,
    )
  }
  if (properties.contentEncoding) {
    throw new Unacceptable('malformed', `no content encoding is supported (got ${quote(properties.contentEncoding)})`)
  }
  const type: unknown = properties.type
  if (typeof type !== 'string') throw new Unacceptable('unknown-type', 'the message has no type')
  // Permissions limit keys, dispatch goes by type: only a key that begins with the type proves that the producer may publish it.
  if (history.user === '' || !(history.key === type || history.key.startsWith(`${type}.`))) {
    throw new Unacceptable(
      'untrusted-producer',
      `a ${quote(type)} may not come from user ${quote(history.user)} with the routing key ${quote(history.key)}`,
    )
  }
  const subscription = subscriptions.get(type)
  if (!subscription) throw unknownType(type, subscriptions)

  const { contract } = subscription
  // A user that may write to a headers exchange may do so with any key, so only notifications are believed that come from there.
  if (history.exchange === 'notify' && contract.kind !== 'notification') {
    throw new Unacceptable('untrusted-producer', `a ${quote(type)} may not come from the exchange notify`)
  }
  const read = readAs(contract, type, parse(content))
  if ('flaw' in read) throw new Unacceptable(read.flaw === 'data' ? 'malformed' : 'upcast-failed', read.sentence)
  const headers = properties.headers ?? {}
  const correlationId = shortText(properties.correlationId) ?? id
  const trace: unknown = headers[header.traceparent]
  const noted: unknown = headers[header.publishedAt]
  const publishedAt = typeof noted === 'number' ? noted : Number(properties.timestamp ?? 0) * 1000
  return {
    subscription,
    data: read.data,
    traceparent: isTraceparent(trace) ? trace : traceparent(correlationId),
    received: {
      id,
      type: contract.type,
      correlationId,
      causationId: shortText(headers[header.causationId]),
      attempt: history.attempt,
      publishedAt: new Date(Number.isFinite(publishedAt) && Math.abs(publishedAt) <= 8.64e15 ? publishedAt : 0),
      causeAttempts: count(headers[header.causeAttempts], 1),
      priority: isPriority(properties.priority) ? properties.priority : undefined,
    },
  }
}

/** The JSON of a body. Throws `Unacceptable` when it is not well-formed, contains a NUL, or nests deeper than any contract. */
function parse(content: Buffer): unknown {
  if (!isUtf8(content)) throw new Unacceptable('malformed', 'the body is not UTF-8')
  const json = content.toString('utf8')
  if (isTooDeep(json)) throw new Unacceptable('too-deep', `the body nests deeper than ${maxDepth} levels`)
  try {
    return suspiciousEscape.test(json) ? JSON.parse(json, wellFormed) : JSON.parse(json)
  } catch (error) {
    if (error instanceof Unacceptable) throw error
    throw new Unacceptable('malformed', `the body is not JSON: ${(error as Error).message}`)
  }
}

function wellFormed(key: string, value: unknown): unknown {
  for (const part of [key, value]) {
    if (typeof part === 'string' && (part.includes('\0') || !part.isWellFormed())) {
      throw new Unacceptable('malformed', 'the body holds a NUL or half of a surrogate pair')
    }
  }
  return value
}

/** Whether JSON nests deeper than any contract; it stops reading at the level that exceeds the limit. */
export function isTooDeep(json: string): boolean {
  let open = 0
  let quoted = false
  for (let index = 0; index < json.length; index++) {
    const code = json.charCodeAt(index)
    if (quoted) {
      if (code === 92) index++
      else if (code === 34) quoted = false
    } else if (code === 34) quoted = true
    else if (code === 125 || code === 93) open--
    else if ((code === 123 || code === 91) && ++open > maxDepth) return true
  }
  return false
}

/** Another version of a type that is known may become known when this handler is upgraded; another type never. */
function unknownType(type: string, subscriptions: ReadonlyMap<string, Subscription>): Error {
  const family = (name: string) => /^(.+)\.v\d+$/.exec(name)?.[1]
  const wanted = family(type)
  const known = wanted && [...subscriptions.keys()].find((other) => family(other) === wanted)
  return known
    ? new UnsupportedVersion(`this handler does not handle ${quote(type)} yet, only ${known}`)
    : new Unacceptable('unknown-type', `this handler does not handle ${quote(type)}`)
}

/** A value that arrived, for use in a sentence: short, and on one line. */
function quote(value: unknown): string {
  return JSON.stringify(String(value).slice(0, 80))
}
