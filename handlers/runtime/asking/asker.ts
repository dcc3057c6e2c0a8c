import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ChannelModel, ConsumeMessage, Options } from 'amqplib'
import type { Logger } from 'pino'
import { keepConnected } from '../broker/connection.ts'
import { fates, type Fate } from '../broker/fate.ts'
import type { Publisher } from '../broker/publisher.ts'
import { milliseconds } from '../duration.ts'
import { AnswerFailed, Unavailable } from '../failures.ts'
import type { Manifest } from '../manifest/schema.ts'
import type { Identity } from '../message/copy.ts'
import { header } from '../message/headers.ts'
import { childSpan, traceparent } from '../message/trace.ts'
import type { Metrics } from '../observe/metrics.ts'
import type { AskFor, AskOptions, Question } from '../question.ts'
import type { LoginTried } from '../settings/logins.ts'
import { backOff } from '../time/back-off.ts'
import { replyQueue } from '../topology/replies.ts'
import { wrongField } from '../wrong-field.ts'
import { longestAsk, publishAgain, replyBody, wakes, wakesEvery, wakesFor } from './wire.ts'

export interface Asker {
  /** Asks on behalf of a message, or of none. */
  ask<Reply>(
    question: Question<string, any, Reply>,
    data: unknown,
    options: AskOptions,
    cause?: Parameters<AskFor>[0],
  ): Promise<Reply>
  /** Resolves when replies can arrive. */
  readonly ready: Promise<void>
  /** Ends what is still asked, as unanswered. */
  close(): Promise<void>
}

interface Open {
  readonly question: Question
  readonly body: Buffer
  readonly correlationId: string
  readonly headers: Readonly<Record<string, string | number>>
  readonly until: number
  readonly settle: (end: { reply: unknown } | { failed: Error }) => void
}

interface AskerOptions {
  readonly manifest: Manifest
  readonly identity: Identity
  readonly url: string
  readonly publisher: Publisher
  readonly metrics: Metrics
  readonly log: Logger
  readonly tried: LoginTried
}

/**
 * Asks questions and takes their replies, on a connection of its own with a queue that ends with it. What is open when the connection is
 * lost is asked again on the next one. Nothing stays of a question once it is settled.
 */
export function openAsker({ manifest, identity, url, publisher, metrics, log, tried }: AskerOptions): Asker {
  const asks = new Map<string, Open>()
  const wokenAt = new Map<string, number>()
  let queue: string | undefined

  async function listen(connection: ChannelModel) {
    const channel = await connection.createChannel()
    const name = replyQueue(manifest.name, randomUUID())
    await channel.assertQueue(name, { exclusive: true, autoDelete: true, durable: false })
    await channel.bindQueue(name, 'replies', name)
    let end!: (reason: unknown) => void
    const ended = new Promise<unknown>((resolve) => (end = resolve))
    channel.on('error', end)
    channel.on('close', () => end('the channel was closed'))
    await channel.consume(name, (raw) => (raw ? take(raw) : end('the queue for replies is gone')), { noAck: true })
    queue = name
    void ended.then(() => {
      if (queue === name) queue = undefined
    })
    for (const id of asks.keys()) void send(id)
    return { ended }
  }

  async function send(id: string): Promise<void> {
    const replyTo = queue
    for (let tries = 1; ; tries++) {
      const open = asks.get(id)
      // Without a queue for replies, or with another one by now, it is sent for that one.
      if (!open || replyTo === undefined || replyTo !== queue) return
      const { question, body, correlationId, headers, until } = open
      const left = until - performance.now()
      if (left <= 0) return
      const fate = await publish(question.type, body, { messageId: id, correlationId, replyTo, headers }, left)
      if (fates[fate].then !== 'again') return
      await sleep(backOff(tries, publishAgain), undefined, { ref: false })
    }
  }

  async function publish(type: string, content: Buffer, options: Options.Publish, life: number): Promise<Fate> {
    const [fate = 'unknown'] = await publisher.publish([
      {
        exchange: 'questions',
        key: type,
        content,
        options: {
          ...options,
          type,
          contentType: 'application/json',
          timestamp: Math.floor(Date.now() / 1000),
          expiration: Math.ceil(life),
          appId: identity.name,
          userId: identity.user,
          mandatory: true,
        },
      },
    ])
    if (fate === 'returned') metrics.returned.inc({ exchange: 'questions' })
    return fate
  }

  /** Leaves a sign for a scaler that questions of this type are not answered. */
  function wake(type: string) {
    const now = performance.now()
    if (now - (wokenAt.get(type) ?? -Infinity) < wakesEvery) return
    wokenAt.set(type, now)
    void publish(type, Buffer.from('{}'), { messageId: randomUUID(), headers: { [wakes]: 1 } }, wakesFor)
  }

  function take({ properties, content }: ConsumeMessage) {
    const id = String(properties.correlationId)
    const open = asks.get(id)
    // Its asker has given up, or has asked twice and got both replies.
    if (!open) return metrics.asked.inc({ type: knownType(properties.type), outcome: 'late' })
    open.settle(read(open.question, content))
  }

  const knownType = (type: unknown) => (manifest.asks.includes(String(type)) ? String(type) : 'unknown')

  const kept = keepConnected(url, `${manifest.name} asks`, listen, log, tried)
  return {
    ready: kept.ready,
    async ask(question, data, { timeout, correlationId = randomUUID() }, cause) {
      const within = milliseconds(timeout)
      const { type } = question
      if (within > longestAsk)
        throw new RangeError(`${type}: a question lasts ${longestAsk / 1000}s at most (got ${timeout})`)
      const body = Buffer.from(JSON.stringify(question(data).data))
      const id = randomUUID()
      const correlation = cause?.correlationId ?? correlationId
      return new Promise((resolve, reject) => {
        const settle: Open['settle'] = (end) => {
          clearTimeout(timer)
          asks.delete(id)
          if ('reply' in end) {
            metrics.asked.inc({ type, outcome: 'answered' })
            return resolve(end.reply as never)
          }
          metrics.asked.inc({ type, outcome: end.failed instanceof Unavailable ? 'unanswered' : 'failed' })
          reject(end.failed)
        }
        const timer = setTimeout(() => {
          wake(type)
          settle({ failed: new Unavailable(type, { cause: new Error(`no reply within ${timeout}`) }) })
        }, within)
        asks.set(id, {
          question,
          body,
          correlationId: correlation,
          headers: {
            ...(cause && { [header.causationId]: cause.id }),
            [header.publishedAt]: Date.now(),
            [header.traceparent]: childSpan(traceparent(correlation), id),
          },
          until: performance.now() + within,
          settle,
        })
        void send(id)
      })
    },
    async close() {
      for (const [, { question, settle }] of asks)
        settle({ failed: new Unavailable(question.type, { cause: new Error('the process leaves') }) })
      await kept.close()
    },
  }
}

function read(question: Question, content: Buffer): { reply: unknown } | { failed: Error } {
  const body = replyBody.safeParse(parsed(content))
  if (!body.success) return { failed: new AnswerFailed(`${question.type}: the reply is no reply of Warren`) }
  if ('error' in body.data) return { failed: new AnswerFailed(body.data.error) }
  const reply = question.reply.safeParse(body.data.reply)
  return reply.success
    ? { reply: reply.data }
    : { failed: new AnswerFailed(`${question.type}: ${wrongField(reply.error, 'the reply')}`) }
}

function parsed(content: Buffer): unknown {
  try {
    return JSON.parse(content.toString())
  } catch {
    return undefined
  }
}
