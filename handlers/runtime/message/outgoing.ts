import type { Options } from 'amqplib'
import { v5 as uuidv5 } from 'uuid'
import type { Message } from '../contract.ts'
import { Reject } from '../failures.ts'
import type { Later } from '../later.ts'
import type { Received } from '../on.ts'

/** The most messages that one message may lead to, and the longest body and routing key of each, in bytes. */
export const limits = { outputs: 100, bodyBytes: 256 * 1024, keyBytes: 255 } as const

/** A message ready to be published: kept as it is in inbox, outbox and timers, so that every publish of it is the same. */
export interface Outgoing {
  readonly id: string
  readonly exchange: 'commands' | 'events' | 'delay' | 'dead' | 'timers'
  readonly key: string
  readonly type: string
  readonly body: string
  readonly correlationId: string
  readonly headers: Readonly<Record<string, string | number>>
}

export interface Timer {
  /** Not the message's own id: a message may come back to the very handler that has its timer in the inbox. */
  readonly id: string
  readonly due: Date
  readonly name: string | null
  readonly message: Outgoing
}

/** What a message led to: what is published now, and what is stored for later. */
export interface Outputs {
  readonly publish: readonly Outgoing[]
  readonly timers: readonly Timer[]
}

export const noOutputs: Outputs = { publish: [], timers: [] }

/** What outputs inherit from the message that led to them. */
export type Cause = Pick<Received, 'id' | 'correlationId' | 'attempt'> & { readonly traceparent: string }

/**
 * Turns what a handler returned into messages whose ids depend on nothing but their cause: UUIDv5 of (cause, handler, index).
 * So a message that is handled again leads to the same messages again, and their consumers drop the repeats.
 */
export function outputsOf(returned: readonly (Message | Later)[], handler: string, cause: Cause, now: number): Outputs {
  if (returned.length === 0) return noOutputs
  if (returned.length > limits.outputs) {
    throw new Reject(`${handler}: one message may lead to ${limits.outputs} others at most (got ${returned.length})`)
  }
  const headers: Outgoing['headers'] = {
    'x-causation-id': cause.id,
    'x-published-at': now,
    traceparent: child(cause.traceparent, cause.id),
    ...(cause.attempt > 1 && { 'x-cause-attempts': cause.attempt }),
  }
  const publish: Outgoing[] = []
  const timers: Timer[] = []
  returned.forEach((output, index) => {
    const id = uuidv5(`${handler}/${index}`, cause.id)
    if ('due' in output) {
      const due = Math.max(now, output.due.getTime())
      const message = outgoing(output.message, id, cause.correlationId, { ...headers, 'x-published-at': due })
      timers.push({ id: uuidv5('timer', id), due: output.due, name: output.name ?? null, message })
    } else {
      publish.push(outgoing(output, id, cause.correlationId, headers))
    }
  })
  return { publish, timers }
}

/** A message as it goes over the wire, under an id that its caller chose. Throws `Reject` when its body or its key is too long. */
export function outgoing(message: Message, id: string, correlationId: string, headers: Outgoing['headers']): Outgoing {
  const { kind, type, words } = message.contract
  const body = JSON.stringify(message.data)
  if (body.length > limits.bodyBytes || Buffer.byteLength(body) > limits.bodyBytes) {
    throw new Reject(`${type}: a message may have ${limits.bodyBytes} bytes at most`)
  }
  const key = [type, ...words(message.data as never)].join('.')
  if (Buffer.byteLength(key) > limits.keyBytes) {
    throw new Reject(`${type}: a routing key may have ${limits.keyBytes} bytes at most`)
  }
  return { id, exchange: `${kind}s`, key, type, body, correlationId, headers }
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
    headers: message.headers,
    // An event may have no subscriber; anything else that reaches no queue must come back.
    mandatory: message.exchange !== 'events',
  }
}

/** A trace that begins with a correlation id, in the form of the W3C's Trace Context. */
export function traceparent(correlationId: string): string {
  const hex = correlationId.replaceAll('-', '').toLowerCase()
  return `00-${/^[0-9a-f]{32}$/.test(hex) ? hex : uuidv5(correlationId, uuidv5.URL).replaceAll('-', '')}-${hex
    .slice(0, 16)
    .padEnd(16, '1')
    .replace(/[^0-9a-f]/g, '1')}-01`
}

/** The same trace, one span further: the span of a message is the first half of its id. */
function child(parent: string, id: string): string {
  return `${parent.slice(0, 36)}${id.slice(0, 8)}${id.slice(9, 13)}${id.slice(14, 18)}-01`
}
