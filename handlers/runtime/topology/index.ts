import { createHash } from 'node:crypto'
import type { Manifest } from '../manifest/schema.ts'
import { contradictions, gaps } from './consistency.ts'
import { handlerPart } from './handler-part.ts'
import type { Definitions, Part, User } from './objects.ts'
import { sharedPart } from './shared.ts'
import type { Tier } from './tiers.ts'

export { contradictions, gaps, idle, unheard } from './consistency.ts'
export type { Definitions } from './objects.ts'
export { redriveKey, redriverOf } from './redriver.ts'
export {
  broadcasts,
  consumes,
  queueNames,
  queueOfKey,
  queuesOf,
  unrouted,
  waitQueue,
  type HandlerQueue,
  type QueueOwner,
} from './queues.ts'
export { tiers, type Tier } from './tiers.ts'

export interface TopologyOptions {
  readonly vhost: string
  /** The password of a user: of each handler, of `operator` and of `monitor`. */
  readonly passwords: (user: string) => string
  /** Milliseconds of tiers that must be shorter or longer than their names. */
  readonly tiers?: Partial<Record<Tier, number>>
  /** The set of handlers is incomplete, so commands may lack a handler and events a source. */
  readonly partial?: boolean
}

/**
 * The complete broker topology of these handlers, as RabbitMQ's own `definitions.json`. The same input gives the same output,
 * to the byte, so importing it again changes nothing.
 *
 * @throws TypeError with one sentence per line when the manifests contradict each other or, unless `partial`, leave gaps
 */
export function definitions(manifests: readonly Manifest[], options: TopologyOptions): Definitions {
  const wrong = [...contradictions(manifests), ...(options.partial ? [] : gaps(manifests))]
  if (wrong.length) throw new TypeError(wrong.join('\n'))

  const parts = [sharedPart(options.tiers), ...manifests.map(handlerPart)]
  const here = <Key extends Exclude<keyof Part, 'users'>>(key: Key) =>
    parts.flatMap((part) =>
      (part[key] as readonly Part[Key][number][]).map((object) => ({ ...object, vhost: options.vhost })),
    )
  return {
    users: parts.flatMap(({ users }) => users.map((user) => withPassword(user, options.passwords(user.name)))),
    vhosts: [{ name: options.vhost }],
    permissions: here('permissions'),
    topic_permissions: here('topic_permissions'),
    exchanges: here('exchanges'),
    queues: here('queues'),
    bindings: here('bindings'),
    policies: here('policies'),
  }
}

/** The salt follows from user and password, so that importing the same user again changes nothing. */
function withPassword(user: Part['users'][number], password: string): User {
  const salt = sha256(Buffer.from(`${user.name}\n${password}`)).subarray(0, 4)
  const hash = sha256(Buffer.concat([salt, Buffer.from(password)]))
  return {
    ...user,
    password_hash: Buffer.concat([salt, hash]).toString('base64'),
    hashing_algorithm: 'rabbit_password_hashing_sha256',
  }
}

function sha256(data: Buffer): Buffer {
  return createHash('sha256').update(data).digest()
}
