import type { Logger } from 'pino'
import { createAnswerer } from '../asking/answerer.ts'
import { openAsker } from '../asking/asker.ts'
import { createConsumer } from '../broker/consumer.ts'
import type { Publisher } from '../broker/publisher.ts'
import { placeOf } from '../manifest/place.ts'
import type { Manifest } from '../manifest/schema.ts'
import type { Identity } from '../message/copy.ts'
import type { Metrics } from '../observe/metrics.ts'
import type { Db, Subscription } from '../on.ts'
import type { Ask, AskFor } from '../question.ts'
import type { LoginTried } from '../settings/logins.ts'
import { queueNames } from '../topology/queues.ts'
import { Misconfigured } from './settings.ts'

/** The questions of a process: those that it asks, and those that it answers. */
export interface Questions {
  readonly ask: Ask
  readonly askFor: AskFor
  /** Questions in hand. */
  readonly inFlight: number
  /** Whether questions reach it, if it answers any. */
  readonly subscribed: boolean
  /** Begins to answer, and resolves when replies and questions arrive. */
  open(): Promise<void>
  /** Takes no further question, and resolves when those in hand are answered. */
  stop(): Promise<void>
  close(): Promise<void>
}

interface QuestionsOptions {
  readonly manifest: Manifest
  readonly identity: Identity
  readonly url: string
  readonly subscriptions: readonly Subscription[]
  readonly publisher: Publisher
  readonly read: Db['query']
  readonly metrics: Metrics
  readonly log: Logger
  readonly tried: LoginTried
}

/** A process that neither asks nor answers opens no connection for it. */
export function createQuestions(options: QuestionsOptions): Questions {
  const { manifest, subscriptions, url, log, tried } = options
  let asker: ReturnType<typeof openAsker> | undefined
  const ask = async (...[question, data, asked, cause]: Parameters<NonNullable<typeof asker>['ask']>) => {
    if (!asker || !manifest.asks.includes(question.type))
      throw new Misconfigured(
        `${placeOf(manifest, 'asks')}: asks must name ${question.type}, because handler.ts asks it`,
      )
    return asker.ask(question, data, asked, cause)
  }
  const askFor: AskFor = (message) => (question, data, asked) => ask(question, data, asked, message) as never

  const answers = new Map(
    subscriptions.flatMap((subscription) =>
      subscription.answer ? [[subscription.contract.type, subscription] as const] : [],
    ),
  )
  const answerer = createAnswerer({ ...options, answers, askFor })
  const [queue] = queueNames(manifest, 'questions')
  const consumer =
    queue === undefined
      ? undefined
      : createConsumer(url, `${manifest.name} answers`, { queue, prefetch: manifest.concurrency, log, tried })

  return {
    ask: ask as Ask,
    askFor,
    get inFlight() {
      return answerer.inFlight
    },
    get subscribed() {
      return consumer?.subscribed ?? true
    },
    async open() {
      if (manifest.asks.length > 0) asker = openAsker(options)
      consumer?.open((delivery) => answerer.take(delivery))
      await Promise.all([asker?.ready, consumer?.ready])
    },
    async stop() {
      await consumer?.cancel()
      await answerer.stop()
    },
    async close() {
      await Promise.all([asker?.close(), consumer?.close()])
    },
  }
}
