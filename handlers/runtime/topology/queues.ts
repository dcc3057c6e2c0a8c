import type { Manifest } from '../manifest/schema.ts'

/** A queue that belongs to one handler. */
export interface HandlerQueue {
  readonly name: string
  /**
   * - `work`: its replicas consume it and scale by its backlog
   * - `dead-letters`: no handler consumes it; its messages wait for the operator
   */
  readonly kind: 'work' | 'dead-letters'
}

/** Every queue that a handler owns. No other place constructs the name of a handler's queue. */
export function queuesOf({ name }: Pick<Manifest, 'name'>): readonly HandlerQueue[] {
  return [
    { name, kind: 'work' },
    { name: `${name}.dead`, kind: 'dead-letters' },
  ]
}

/** The names of a handler's queues of one kind. */
export function queueNames(handler: Pick<Manifest, 'name'>, kind: HandlerQueue['kind']): readonly string[] {
  return queuesOf(handler).flatMap((queue) => (queue.kind === kind ? [queue.name] : []))
}

/** The queue that keeps messages which no handler's queue is bound to. */
export const unrouted = 'unrouted'

/** The queue in which the retries of a tier wait for their time. */
export function waitQueue(tier: string): string {
  return `wait.${tier}`
}
