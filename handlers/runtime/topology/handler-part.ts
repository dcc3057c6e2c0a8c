import type { Manifest } from '../manifest/schema.ts'
import { binding, deadLettering, queuePolicy, quorumQueue, type Part, type TopicPermission } from './objects.ts'
import { keysOf, literal, only } from './patterns.ts'
import { queueNames, queuesOf } from './queues.ts'
import { tiers } from './tiers.ts'

/** The objects of one handler: its queues, and a user with exactly the permissions that `handler.yaml` declares. */
export function handlerPart(manifest: Manifest): Part {
  const { name, handles, subscribes, emits, sends } = manifest
  const work = queueNames(manifest, 'work')
  // RabbitMQ allows every key on a topic exchange that a user has no row for, so each exchange that it may write to has a row.
  const keys: Record<string, string> = {
    ...(sends.length && { commands: keysOf(sends) }),
    ...(emits.length && { events: keysOf(emits) }),
    delay: `^(${tiers.join('|')})${literal(`.${name}`)}$`,
    dead: only([name]),
  }
  return {
    users: [{ name, tags: [] }],
    permissions: [{ user: name, configure: '^$', write: only(Object.keys(keys)), read: only(work) }],
    topic_permissions: Object.entries(keys).map(([exchange, write]): TopicPermission => ({
      user: name,
      exchange,
      write,
      read: '^$',
    })),
    exchanges: [],
    queues: queuesOf(manifest).map((queue) => quorumQueue(queue.name)),
    bindings: [
      ...work.flatMap((queue) => [
        ...handles.map((type) => binding('commands', `${type}.#`, queue)),
        ...subscribes.map(({ type, key }) => binding('events', `${type}.${key}`, queue)),
        binding('due', `*.${name}`, queue),
        binding('redrive', name, queue),
      ]),
      ...queueNames(manifest, 'dead-letters').map((queue) => binding('dead', name, queue)),
    ],
    policies: [
      queuePolicy(name, only(work), {
        ...deadLettering('dead'),
        'dead-letter-routing-key': name,
        'delivery-limit': 20,
      }),
    ],
  }
}
