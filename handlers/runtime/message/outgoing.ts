import type { Options } from 'amqplib'
import { v5 as uuidv5 } from 'uuid'
import type { Message } from '../contract.ts'
import { Reject } from '../failures.ts'
import { isOwnName, type AnyOutput, type Due } from '../later.ts'
import type { Received } from '../on.ts'
import { noMessage } from '../outputs.ts'
import { nextRunOf } from './next-run.ts'
import { header } from './headers.ts'
import { limits } from './limits.ts'
import { childSpan } from './trace.ts'

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

/** The properties that outputs inherit from the message that led to them. */
export type Cause = Pick<Received, 'id' | 'correlationId' | 'attempt' | 'priority'> & { readonly traceparent: string }

/** The publishing handler, and the types that its `handler.yaml` lets it publish: `emits`, `sends`, `announces` and `notifies`. */
export interface Producer {
  readonly handler: string
  readonly mayPublish: ReadonlySet<string>
}

/**
 * Turns what a handler returned into messages whose ids depend on nothing but their cause: UUIDv5 of (cause, handler, index).
 * So a message that is handled again leads to the same messages again, and their consumers drop the repeats.
 *
 * @param now the time by the clock of the handler, in milliseconds
 * @throws Error for a message that the handler does not declare: the broker would refuse it after the commit; and for what is none
 */
export function outputsOf(
  returned: readonly AnyOutput[],
  { handler, mayPublish }: Producer,
  cause: Cause,
  now: number,
): Outputs {
  if (returned.length === 0) return noOutputs
  if (returned.length > limits.outputs) {
    throw new Reject(`${handler}: one message may lead to ${limits.outputs} others at most (got ${returned.length})`)
  }
  const headers: Outgoing['headers'] = {
    [header.causationId]: cause.id,
    [header.publishedAt]: now,
    [header.traceparent]: childSpan(cause.traceparent, cause.id),
    ...(cause.attempt > 1 && { [header.causeAttempts]: cause.attempt }),
  }
  const publish: Outgoing[] = []
  let timers: Timer[] = []
  const sent: string[] = []
  const freed: string[] = []
  const free = (name: string) => {
    freed.push(name)
    timers = timers.filter((earlier) => earlier.name !== name)
  }
  for (const output of returned) {
    const flaw = noMessage(output)
    if (flaw !== undefined) throw new TypeError(`handlers/${handler}/handler.ts returned ${flaw}`)
    if ('cancels' in output) {
      free(output.cancels)
      continue
    }
    if ('run' in output) {
      timers.push(nextRunOf(output))
      continue
    }
    // Its position among the messages, so that a trace can follow it: nothing else is recorded.
    const id = outputId(cause.id, handler, sent.length)
    const { kind, type } = ('due' in output ? output.message : output).contract
    if (kind !== 'timer' && kind !== 'question' && !mayPublish.has(type))
      throw new Error(undeclared(handler, kind, type))
    if ('due' in output) {
      const due = 'after' in output.due ? now + output.due.after : Math.max(now, output.due.getTime())
      const message = outgoing(
        output.message,
        id,
        cause.correlationId,
        { ...headers, [header.publishedAt]: due },
        cause.priority,
      )
      if (output.name !== undefined && isOwnName(output.name)) free(output.name)
      timers.push({ id: timerId(id), due: output.due, name: output.name ?? null, message })
      sent.push(`@${message.key}`)
    } else {
      const message = outgoing(output, id, cause.correlationId, headers, cause.priority)
      publish.push(message)
      sent.push(message.key)
    }
  }
  return { publish, timers, sent, freed }
}

function undeclared(handler: string, kind: string, type: string): string {
  const list =
    kind === 'event' ? 'emits' : kind === 'broadcast' ? 'announces' : kind === 'notification' ? 'notifies' : 'sends'
  return `handlers/${handler}/handler.ts returned ${type}, which handlers/${handler}/handler.yaml does not list: add it to ${list} and to the outputs in handler.ts`
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
