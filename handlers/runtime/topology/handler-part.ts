import type { Manifest } from '../manifest/schema.ts'
import { binding, deadLettering, queuePolicy, quorumQueue, type Part, type TopicPermission } from './objects.ts'
import { keysOf, literal, only } from './patterns.ts'
import { tiers } from './tiers.ts'

/** What belongs to one handler: its queue, its dead letters, and a user that may do what `handler.yaml` says and nothing else. */
export function handlerPart({ name, handles, subscribes, emits, sends }: Manifest): Part {
  const dead = `${name}.dead`
  // RabbitMQ allows every key on a topic exchange without a row, so each one that may be written to has a row.
  const keys: Record<string, string> = {
    ...(sends.length && { commands: keysOf(sends) }),
    ...(emits.length && { events: keysOf(emits) }),
    delay: `^(${tiers.join('|')})${literal(`.${name}`)}$`,
    dead: only([name]),
  }
  return {
    users: [{ name, tags: [] }],
    permissions: [{ user: name, configure: '^$', write: only(Object.keys(keys)), read: only([name]) }],
    topic_permissions: Object.entries(keys).map(([exchange, write]): TopicPermission => ({
      user: name,
      exchange,
      write,
      read: '^$',
    })),
    exchanges: [],
    queues: [quorumQueue(name), quorumQueue(dead)],
    bindings: [
      ...handles.map((type) => binding('commands', `${type}.#`, name)),
      ...subscribes.map(({ type, key }) => binding('events', `${type}.${key}`, name)),
      binding('due', `*.${name}`, name),
      binding('redrive', name, name),
      binding('dead', name, dead),
    ],
    policies: [
      queuePolicy(name, only([name]), {
        ...deadLettering('dead'),
        'dead-letter-routing-key': name,
        'delivery-limit': 20,
      }),
    ],
  }
}
