import type { ChannelModel } from 'amqplib'
import { queueNames, unrouted } from '../topology/index.ts'
import { peek, type Peeked } from './peek.ts'
import { letterOf, type DeadLetter } from './letter.ts'

/** A delivered dead letter: it returns to its queue unless it is acknowledged. */
export interface Held extends Omit<Peeked, 'ack'> {
  readonly letter: DeadLetter
  ack(): void | Promise<void>
  /** Of a message that is parked in its handler's database: lets it be tried again. */
  release?(): Promise<void>
}

/**
 * Yields the dead letters of a handler that are in its queues now, the oldest first, and puts back all that were not acknowledged.
 *
 * @param handler a handler's name, or `unrouted`
 * @throws an error that names the queue if the broker does not have it
 */
export async function* readDead(connection: ChannelModel, handler: string): AsyncGenerator<Held> {
  const queues = handler === unrouted ? [unrouted] : queueNames({ name: handler }, 'dead-letters')
  for (const queue of queues)
    for await (const peeked of peek(connection, queue)) yield { ...peeked, letter: letterOf(peeked.message, handler) }
}
