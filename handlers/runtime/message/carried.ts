import type { MessageProperties, Options } from 'amqplib'
import { isPriority } from '../priority.ts'
import { cut, maxText, shortText } from './header-values.ts'
import { carriedOn } from './headers.ts'

/**
 * The headers that a copy of a message takes along: of those that Warren reads, the safe integers and short strings. Anything else may
 * be a value that AMQP can carry to us and amqplib cannot carry on, such as a number beyond 64 bits or a table of 100 kB.
 */
export function carriedHeaders(headers: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return Object.fromEntries(
    carriedOn
      .map((name) => [name, Object.hasOwn(headers, name) ? headers[name] : undefined] as const)
      .filter(([, value]) => Number.isSafeInteger(value) || shortText(value) !== undefined),
  )
}

/** The properties that a copy of a message takes along, each as a value that amqplib can encode. */
export function carriedProperties(properties: MessageProperties): Options.Publish {
  const { messageId, type, contentType, contentEncoding, correlationId, appId, timestamp, priority } = {
    ...properties,
  } as Readonly<Record<string, unknown>>
  return {
    ...text({ messageId, type, contentType, contentEncoding, correlationId, appId }),
    ...(Number.isSafeInteger(timestamp) && { timestamp: timestamp as number }),
    ...(isPriority(priority) && { priority }),
  }
}

/** Those that are strings, truncated where bytes that were not UTF-8 have become longer than AMQP allows. */
function text<Key extends string>(values: Record<Key, unknown>): Partial<Record<Key, string>> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([key, value]) => (typeof value === 'string' ? [[key, cut(value, maxText)]] : [])),
  ) as Partial<Record<Key, string>>
}
