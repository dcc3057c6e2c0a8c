import type { Options } from 'amqplib'
import { v5 as uuidv5 } from 'uuid'
import type { Message } from '../contract.ts'
import { Reject } from '../failures.ts'
import type { Due } from '../later.ts'
import { header } from './headers.ts'
import { limits } from './limits.ts'

/** A message ready to be published: stored in this form in inbox, outbox and timers, so that every publish of it is the same. */
export interface Outgoing {
  readonly id: string
  readonly exchange: 'commands' | 'events' | 'notify' | 'delay' | 'dead' | 'timers' | 'broadcast'
  readonly key: string
  readonly type: string
  readonly body: string
  readonly correlationId: string
  readonly priority?: number
  readonly headers: Readonly<Record<string, string | number | boolean>>
}

export interface Timer {
  /** Not the message's own id: a message may come back to the very handler that has its timer in the inbox. */
  readonly id: string
  readonly due: Due
  readonly name: string | null
  readonly message: Outgoing
}

/** The outputs of a message: those to publish now, and those stored for later. */
export interface Outputs {
  readonly publish: readonly Outgoing[]
  readonly timers: readonly Timer[]
  /**
   * The routing key of each, in the order in which the handler returned them; `@` precedes that of a timer, and `#` with its id that of
   * a message that a timer kept.
   */
  readonly sent: readonly string[]
  /** Names of authors under which no earlier timer may wait any longer. */
  readonly freed: readonly string[]
}

export const noOutputs: Outputs = { publish: [], timers: [], sent: [], freed: [] }

/** What a timer sends when it is due: a message whose id does not follow from the timer's. */
export function sentByTimer({ id, key, exchange, headers }: Outgoing): string {
  return `#${id} ${exchange === 'delay' ? headers[header.originKey] : key}`
}

/** The id of the message that a handler makes at this position of what it returns. */
export function outputId(causeId: string, handler: string, index: number): string {
  return uuidv5(`${handler}/${index}`, causeId)
}

/** The id of the timer that keeps a message until it is due. */
export function timerId(messageId: string): string {
  return uuidv5('timer', messageId)
}

/**
 * A message as it goes over the wire, under an id that its caller chose. Throws `Reject` when its body or its key is too long.
 *
 * @param inherited the priority of the message that led to it
 */
export function outgoing(
  message: Message,
  id: string,
  correlationId: string,
  headers: Outgoing['headers'],
  inherited?: number,
): Outgoing {
  const { kind, type, words, partitionBy } = message.contract
  if (kind === 'question') throw new TypeError(`${type} is a question: await ask(…) in a call instead of returning it`)
  const body = JSON.stringify(message.data)
  if (body.length > limits.bodyBytes || Buffer.byteLength(body) > limits.bodyBytes) {
    throw new Reject(`${type}: a message may have ${limits.bodyBytes} bytes at most`)
  }
  const key = [type, ...words(message.data as never)].join('.')
  if (Buffer.byteLength(key) > limits.keyBytes) {
    throw new Reject(`${type}: a routing key may have ${limits.keyBytes} bytes at most`)
  }
  // Within a key nothing may overtake.
  const priority = partitionBy ? undefined : (message.contract.priority?.(message.data) ?? inherited)
  return {
    id,
    exchange: kind === 'broadcast' ? kind : kind === 'notification' ? 'notify' : `${kind}s`,
    key,
    type,
    body,
    correlationId,
    // The broker matches the type as a header too.
    headers: message.contract.headers ? { ...message.contract.headers(message.data), type, ...headers } : headers,
    ...(priority !== undefined && { priority }),
  }
}

/** AMQP properties of a message. `user` is the broker user of the connection: the broker refuses another one. */
export function properties(message: Outgoing, user: string, app: string): Options.Publish {
  return {
    messageId: message.id,
    type: message.type,
    contentType: 'application/json',
    deliveryMode: 2,
    timestamp: Math.floor(Date.now() / 1000),
    correlationId: message.correlationId,
    appId: app,
    userId: user,
    ...(message.priority !== undefined && { priority: message.priority }),
    headers: message.headers,
    // An event or a notification may have no subscriber; anything else that reaches no queue must be returned.
    mandatory: message.exchange !== 'events' && message.exchange !== 'notify',
  }
}
