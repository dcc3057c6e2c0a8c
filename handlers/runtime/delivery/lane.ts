import { createHash } from 'node:crypto'
import type { ConsumeMessage } from 'amqplib'
import { limits } from '../message/limits.ts'
import { Unacceptable, UnsupportedVersion } from '../message/validate.ts'
import type { Subscription } from '../on.ts'

/** Characters of the longest key that is stored as it is. */
const longest = 200

/** The key within which a message of an ordered handler keeps its place. */
export function laneOf({ contract }: Subscription, data: unknown): string | undefined {
  const key = contract.partitionBy?.(data)
  return key === undefined || key.length <= longest ? key : createHash('sha256').update(key).digest('hex')
}

/**
 * The key of a message that must not be handled as it is, as far as its body tells it: its successors have to wait for it. A message of
 * which that is not known, or whose producer is not the one that it claims, holds up no key.
 */
export function laneOfInvalid(
  { content, properties }: ConsumeMessage,
  error: unknown,
  subscriptions: ReadonlyMap<string, Subscription>,
): string | undefined {
  const mayWait = error instanceof UnsupportedVersion || (error instanceof Unacceptable && error.reason === 'malformed')
  if (!mayWait || content.length > limits.bodyBytes) return undefined
  const type = String(properties.type)
  const family = type.replace(/\.v\d+$/, '')
  const subscription =
    subscriptions.get(type) ??
    [...subscriptions.values()].find(({ contract }) => contract.type.startsWith(`${family}.v`))
  try {
    const key: unknown = subscription && laneOf(subscription, JSON.parse(content.toString()))
    return typeof key === 'string' && key.isWellFormed() && !key.includes('\0') ? key : undefined
  } catch {
    return undefined
  }
}
