/** The broker's objects, named and spelled as in RabbitMQ's own `definitions.json`. */
export interface Definitions {
  readonly users: readonly User[]
  readonly vhosts: readonly { readonly name: string }[]
  readonly permissions: readonly InVhost<Permission>[]
  readonly topic_permissions: readonly InVhost<TopicPermission>[]
  readonly exchanges: readonly InVhost<Exchange>[]
  readonly queues: readonly InVhost<Queue>[]
  readonly bindings: readonly InVhost<Binding>[]
  readonly policies: readonly InVhost<Policy>[]
}

/** Objects that are declared together: shared by all handlers, or those of one. Virtual host and passwords are added later. */
export interface Part {
  readonly users: readonly Omit<User, 'password_hash' | 'hashing_algorithm'>[]
  readonly permissions: readonly Permission[]
  readonly topic_permissions: readonly TopicPermission[]
  readonly exchanges: readonly Exchange[]
  readonly queues: readonly Queue[]
  readonly bindings: readonly Binding[]
  readonly policies: readonly Policy[]
}

export type InVhost<Object> = Object & { readonly vhost: string }

export interface User {
  readonly name: string
  readonly password_hash: string
  readonly hashing_algorithm: 'rabbit_password_hashing_sha256'
  readonly tags: readonly ('management' | 'monitoring')[]
}

/** Each of the three is a regular expression over the names of exchanges and queues. */
export interface Permission {
  readonly user: string
  readonly configure: string
  readonly write: string
  readonly read: string
}

/** `write` is a regular expression over routing keys. Without a row for an exchange, every key is allowed there. */
export interface TopicPermission {
  readonly user: string
  readonly exchange: string
  readonly write: string
  readonly read: string
}

export interface Exchange {
  readonly name: string
  readonly type: 'topic' | 'direct' | 'fanout' | 'headers'
  readonly durable: true
  readonly auto_delete: false
  readonly internal: false
  readonly arguments: Record<string, never>
}

export interface Queue {
  readonly name: string
  readonly durable: true
  readonly auto_delete: false
  readonly arguments: { readonly 'x-queue-type': 'quorum' | 'stream'; readonly 'x-single-active-consumer'?: true }
}

export interface Binding {
  readonly source: string
  readonly destination: string
  readonly destination_type: 'queue' | 'exchange'
  readonly routing_key: string
  readonly arguments: Readonly<Record<string, string | boolean>>
}

export interface Policy {
  readonly name: string
  readonly pattern: string
  readonly 'apply-to': 'queues' | 'exchanges'
  readonly priority: number
  readonly definition: Readonly<Record<string, string | number>>
}

export function exchange(name: string, type: Exchange['type']): Exchange {
  return { name, type, durable: true, auto_delete: false, internal: false, arguments: {} }
}

/** Settings that cannot change on an existing queue are arguments; all others are policies. */
export function quorumQueue(name: string): Queue {
  return { name, durable: true, auto_delete: false, arguments: { 'x-queue-type': 'quorum' } }
}

/** A queue whose messages stay when they have been read, until they are too old or too many. */
export function streamQueue(name: string): Queue {
  return { ...quorumQueue(name), arguments: { 'x-queue-type': 'stream' } }
}

/** A queue that hands its messages to one of its consumers, and to the next one when that is gone. */
export function singleActiveQueue(name: string): Queue {
  return { ...quorumQueue(name), arguments: { 'x-queue-type': 'quorum', 'x-single-active-consumer': true } }
}

export function binding(source: string, routingKey: string, queue: string): Binding {
  return { source, destination: queue, destination_type: 'queue', routing_key: routingKey, arguments: {} }
}

/**
 * Copies what this key leads to a handler into the exchange `journal` too. The argument tells it from the same binding of another handler,
 * so that each can go on its own.
 */
export function journalBinding(source: string, routingKey: string, handler: string): Binding {
  return {
    source,
    destination: 'journal',
    destination_type: 'exchange',
    routing_key: routingKey,
    arguments: { handler },
  }
}

export function queuePolicy(name: string, pattern: string, definition: Policy['definition']): Policy {
  return { name, pattern, 'apply-to': 'queues', priority: 0, definition }
}

/** Dead letters are kept in their queue until the next one has confirmed them; the default drops them. */
export function deadLettering(exchange: string): Policy['definition'] {
  return { 'dead-letter-exchange': exchange, 'dead-letter-strategy': 'at-least-once', overflow: 'reject-publish' }
}

/** Inspecting a message means requeueing it, which counts as a delivery: queues that people inspect must survive that. */
export const neverWornOut = { 'delivery-limit': 1_000_000 }
