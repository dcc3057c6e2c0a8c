import { isUtf8 } from 'node:buffer'
import type { ConsumeMessage } from 'amqplib'
import { v5 as uuidv5 } from 'uuid'
import type { Envelope } from '../envelope.ts'
import { carriedHeaders } from './carried.ts'
import { cut, maxText } from './header-values.ts'
import { header } from './headers.ts'
import type { History } from './history.ts'
import { limits } from './limits.ts'

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
