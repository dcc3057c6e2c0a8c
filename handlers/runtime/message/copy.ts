import type { ConsumeMessage, Options } from 'amqplib'
import { maxText } from './validate.ts'
import type { Exit } from '../delivery/disposition.ts'

/** Of what was thrown, in characters: a message may put a book into it. */
const maxDescription = 1_024
const maxError = 512
const maxStack = 2_048

/** A delivery on its way out: the same body under the same id, for the delay exchange or the dead letters. */
export interface Copy {
  readonly exchange: 'delay' | 'dead'
  readonly key: string
  readonly content: Buffer
  readonly options: Options.Publish
}

/** Who this process is to the broker. */
export interface Identity {
  readonly name: string
  /** The broker's user, which it checks on every message. */
  readonly user: string
  /** Of the handler's code: dead letters carry it. */
  readonly version: string
}

/**
 * The copy that leaves in place of a delivery. Of foreign headers it keeps only those that Warren reads: `x-death`, counters and CC
 * would mean something to the broker or to the next consumer, and a large table makes amqplib throw.
 */
export function copyOf(raw: ConsumeMessage, exit: Exit, handler: Identity): Copy {
  const { properties, content } = raw
  const headers: Record<string, unknown> = {
    ...kept(properties.headers),
    'x-attempt': exit.history.attempt,
    'x-deferrals': exit.history.deferrals,
    'x-crashes': exit.history.crashes,
    'x-origin-user': exit.history.user.slice(0, 255),
    'x-origin-key': exit.history.key.slice(0, 255),
  }
  if (exit.to === 'dead') {
    Object.assign(headers, {
      'x-dead-reason': exit.reason,
      'x-dead-error': line(describe(exit.error), maxError),
      'x-dead-stack': line(stackOf(exit.error), maxStack),
      'x-dead-handler': handler.name,
      'x-dead-version': handler.version,
      'x-dead-at': new Date().toISOString(),
      'x-dead-attempts': exit.history.attempt,
    })
  }
  return {
    exchange: exit.to,
    key: exit.to === 'dead' ? handler.name : `${exit.tier}.${handler.name}`,
    content,
    options: {
      ...text({ messageId: properties.messageId, type: properties.type, contentType: properties.contentType }),
      ...text({
        contentEncoding: properties.contentEncoding,
        correlationId: properties.correlationId,
        appId: properties.appId,
      }),
      ...(Number.isSafeInteger(properties.timestamp) && { timestamp: properties.timestamp }),
      ...(typeof properties.priority === 'number' && { priority: properties.priority }),
      userId: handler.user,
      deliveryMode: 2,
      mandatory: true,
      headers,
    },
  }
}

function kept(headers: Record<string, unknown> = {}): Record<string, unknown> {
  const names = ['x-causation-id', 'x-published-at', 'x-cause-attempts', 'x-redrives', 'traceparent']
  return Object.fromEntries(
    names
      .map((name) => [name, Object.hasOwn(headers, name) ? headers[name] : undefined] as const)
      .filter(([, value]) => typeof value === 'number' || (typeof value === 'string' && value.length <= 255)),
  )
}

/** Those that are texts, cut where bytes that were no UTF-8 have become longer than AMQP allows. */
function text<Key extends string>(values: Record<Key, unknown>): Partial<Record<Key, string>> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([key, value]) => (typeof value === 'string' ? [[key, cut(value, maxText)]] : [])),
  ) as Partial<Record<Key, string>>
}

/** What was thrown, in a few words: anything can be thrown, `null` and errors whose getters throw included. */
export function describe(error: unknown): string {
  try {
    const words = error instanceof Error ? `${error.name}: ${error.message}` : `thrown: ${String(error)}`
    return words.slice(0, maxDescription)
  } catch {
    return 'something that cannot be described was thrown'
  }
}

function stackOf(error: unknown): string {
  try {
    const stack: unknown = error instanceof Error ? error.stack : undefined
    return typeof stack === 'string' ? stack : ''
  } catch {
    return ''
  }
}

/** Control characters escaped, so that a log or a terminal shows them instead of obeying them; cut by bytes, as headers count. */
function line(value: string, maxBytes: number): string {
  const escaped = value
    .slice(0, maxBytes)
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, (character) =>
      character === '\n' ? '\n' : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
    )
    .toWellFormed()
  return cut(escaped, maxBytes)
}

function cut(value: string, maxBytes: number): string {
  if (Buffer.byteLength(value) <= maxBytes) return value
  return Buffer.from(value)
    .subarray(0, maxBytes)
    .toString('utf8')
    .replace(/\ufffd$/, '')
}
