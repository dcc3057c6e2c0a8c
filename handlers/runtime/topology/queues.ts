import type { Manifest } from '../manifest/schema.ts'
import { partitionOf, wordsOf } from '../partition.ts'

/** A queue that belongs to one handler. */
export interface HandlerQueue {
  readonly name: string
  /**
   * - `work`: its replicas consume it and scale by its backlog
   * - `questions`: its replicas answer them; each lasts no longer than an asker waits
   * - `dead-letters`: no handler consumes it; its messages wait for the operator
   */
  readonly kind: 'work' | 'questions' | 'dead-letters'
  /** The last words of the routing keys that it takes; undefined if it takes all. */
  readonly words?: readonly string[]
}

/** What decides which queues a handler owns. */
export type QueueOwner = Pick<Manifest, 'name'> & Partial<Pick<Manifest, 'partitions' | 'answers'>>

/** Every queue that a handler owns. No other place constructs the name of a handler's queue. */
export function queuesOf({ name, partitions, answers = [] }: QueueOwner): readonly HandlerQueue[] {
  const work: HandlerQueue[] =
    partitions === undefined
      ? [{ name, kind: 'work' }]
      : Array.from({ length: partitions }, (_, index) => ({
          name: `${name}.${index}`,
          kind: 'work',
          words: wordsOf(index, partitions),
        }))
  const questions: HandlerQueue[] = answers.length > 0 ? [{ name: `${name}.questions`, kind: 'questions' }] : []
  return [...work, ...questions, { name: `${name}.dead`, kind: 'dead-letters' }]
}

/** The names of a handler's queues of one kind. */
export function queueNames(handler: QueueOwner, kind: HandlerQueue['kind']): readonly string[] {
  return queuesOf(handler).flatMap((queue) => (queue.kind === kind ? [queue.name] : []))
}

/** Whether a queue is one of those that a handler consumes, for a reader who does not know its number of partitions. */
export function consumes(handler: string, queue: string): boolean {
  return queue === handler || (queue.startsWith(`${handler}.`) && /^\d+$/.test(queue.slice(handler.length + 1)))
}

/** The queue of a handler to which a message with this routing key goes back: the first, if the key names no partition. */
export function queueOfKey(handler: QueueOwner, routingKey: string): string {
  const work = queueNames(handler, 'work')
  return work[partitionOf(routingKey, work.length) ?? 0] ?? handler.name
}

/** The queue that keeps messages which no handler's queue is bound to. */
export const unrouted = 'unrouted'

/** The queue that keeps the broadcasts, which every hearer reads from its beginning. */
export const broadcasts = 'broadcast.stream'

/** The queue in which the retries of a tier wait for their time. */
export function waitQueue(tier: string): string {
  return `wait.${tier}`
}
