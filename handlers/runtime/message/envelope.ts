import { isUtf8 } from 'node:buffer'
import type { ConsumeMessage } from 'amqplib'
import { v5 as uuidv5 } from 'uuid'
import { carriedHeaders } from './carried.ts'
import { cut, maxText } from './header-values.ts'
import { header } from './headers.ts'
import type { History } from './history.ts'
import { limits } from './limits.ts'

/** In place of the type of a contract, in metrics: a record is of every type. No message has it. */
export const recordType = 'envelope.record.v1'

/** A message as it was published, whatever its producer wrote: what `onRecord` gets. Every text can be stored in PostgreSQL. */
export interface Envelope {
  /** Identifies the record: follows from id, type and body, so a message that is published again has the same. */
  readonly recordId: string
  /** The id in the message, usable or not; undefined without one. */
  readonly id: string | undefined
  readonly type: string | undefined
  /** Empty if it came back from a retry of an earlier version. */
  readonly exchange: string
  readonly key: string
  /** Its text; of one that is not text, base64. Truncated beyond 256 KiB, as `bytes` shows. */
  readonly body: string
  readonly encoding: 'text' | 'base64'
  /** The length of the body as it was published. */
  readonly bytes: number
  readonly correlationId: string | undefined
  readonly causationId: string | undefined
  /** When its producer published it, by the producer's clock; undefined without a time, or with an impossible one. */
  readonly publishedAt: Date | undefined
  /** The broker's user, which the broker has checked. */
  readonly user: string
  readonly app: string | undefined
  readonly contentType: string | undefined
  readonly priority: number | undefined
  /** Those that Warren reads. */
  readonly headers: Readonly<Record<string, string | number>>
}

/** The envelope of a delivery. Never throws: no message is unfit for a record. */
export function envelopeOf({ content, properties }: ConsumeMessage, history: History, fingerprint: string): Envelope {
  const { messageId, type, correlationId, appId, contentType, priority, timestamp } = { ...properties } as Readonly<
    Record<string, unknown>
  >
  const headers = Object.fromEntries(
    Object.entries(carriedHeaders(properties.headers)).map(([name, value]) => [
      name,
      typeof value === 'number' ? value : (text(value) ?? ''),
    ]),
  )
  const id = text(messageId)
  const kept = content.subarray(0, limits.bodyBytes)
  const isText = isUtf8(kept) && !kept.includes(0)
  const cause = headers[header.causationId]
  const noted = headers[header.publishedAt]
  return {
    recordId: uuidv5(`${id} ${fingerprint}`, records),
    id,
    type: text(type),
    exchange: history.exchange,
    key: text(history.key) ?? '',
    body: kept.toString(isText ? 'utf8' : 'base64'),
    encoding: isText ? 'text' : 'base64',
    bytes: content.length,
    correlationId: text(correlationId),
    causationId: typeof cause === 'string' ? cause : undefined,
    publishedAt: time(typeof noted === 'number' ? noted : Number(timestamp) * 1_000),
    user: text(history.user) ?? '',
    app: text(appId),
    contentType: text(contentType),
    priority: typeof priority === 'number' ? priority : undefined,
    headers,
  }
}

const records = '0f0c4d4e-3f0e-5b52-9f43-2a5d0b6c1f77'
/** The years in which PostgreSQL and people expect a message. */
const times = { first: 0, last: Date.UTC(9999, 11, 31) }

function time(milliseconds: number): Date | undefined {
  return milliseconds > times.first && milliseconds <= times.last ? new Date(milliseconds) : undefined
}

/** A claim that can be stored: without NUL, whole, and no longer than AMQP's short strings. */
function text(value: unknown): string | undefined {
  return typeof value === 'string' ? cut(value.replaceAll('\0', '\ufffd').toWellFormed(), maxText) : undefined
}
