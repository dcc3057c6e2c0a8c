import { conditionsOf } from '../manifest/notifications.ts'
import { keepsOrder } from '../manifest/order.ts'
import type { EventSubscription, Manifest } from '../manifest/schema.ts'
import {
  binding,
  deadLettering,
  journalBinding,
  neverWornOut,
  queuePolicy,
  quorumQueue,
  singleActiveQueue,
  type Binding,
  type Part,
  type TopicPermission,
} from './objects.ts'
import { keysOf, literal, only } from './patterns.ts'
import { anyReply, repliesOf } from './replies.ts'
import { broadcasts, queueNames, queuesOf, type HandlerQueue } from './queues.ts'
import { redriveKey, redriverOf } from './redriver.ts'
import { tiers } from './tiers.ts'

/** The objects of one handler: its queues, and a user with exactly the permissions that `handler.yaml` declares. */
export function handlerPart(manifest: Manifest): Part {
  const { name, handles, subscribes, records, emits, sends, answers, asks, announces, hears, notifies } = manifest
  const events = subscribes.filter(({ headers }) => !headers)
  const notices = subscribes.filter(({ headers }) => headers)
  const work = queueNames(manifest, 'work')
  const inOrder = keepsOrder(manifest)
  // RabbitMQ allows every key on a topic exchange that a user has no row for, so each exchange that it may write to has a row.
  const keys: Record<string, string> = {
    ...(sends.length && { commands: keysOf(sends) }),
    ...(emits.length && { events: keysOf(emits) }),
    ...(announces.length && { broadcast: keysOf(announces) }),
    // A message that went through a wait queue would come back behind its successors.
    ...(!inOrder && { delay: `^(${tiers.join('|')})${literal(`.${name}`)}$` }),
    dead: only([name]),
    ...(asks.length && { questions: keysOf(asks) }),
    ...(answers.length && { replies: anyReply }),
  }
  const own = asks.length > 0 ? [repliesOf(name)] : []
  const consumed = [...work, ...queueNames(manifest, 'questions'), ...(hears.length > 0 ? [broadcasts] : [])]
  // To bind a queue to an exchange, a user must be allowed to read that exchange, and the key there.
  const topics = {
    ...Object.fromEntries(Object.keys(keys).map((exchange) => [exchange, '^$'])),
    ...(own[0] && { replies: own[0] }),
  }
  const redriver = redriverPart(manifest)
  return {
    users: [{ name, tags: [] }, ...redriver.users],
    permissions: [
      {
        user: name,
        configure: own[0] ?? '^$',
        write: [only([...Object.keys(keys), ...(notifies.length > 0 ? ['notify'] : [])]), ...own].join('|'),
        read: [only([...consumed, ...(own.length > 0 ? ['replies'] : [])]), ...own].join('|'),
      },
      ...redriver.permissions,
    ],
    topic_permissions: [
      ...Object.entries(topics).map(([exchange, read]): TopicPermission => ({
        user: name,
        exchange,
        write: keys[exchange] ?? '^$',
        read,
      })),
      ...redriver.topic_permissions,
    ],
    exchanges: [],
    queues: queuesOf(manifest).map((queue) =>
      inOrder && queue.kind === 'work' ? singleActiveQueue(queue.name) : quorumQueue(queue.name),
    ),
    bindings: [
      ...queuesOf(manifest)
        .filter(({ kind }) => kind === 'work')
        .flatMap((queue) => [
          ...handles.flatMap((type) =>
            keysInto(queue, { type, key: '#' }).map((key) => binding('commands', key, queue.name)),
          ),
          ...events.flatMap((one) => keysInto(queue, one).map((key) => binding('events', key, queue.name))),
          ...notices.flatMap((one) => notifyBindings(binding('notify', one.type, queue.name), one)),
          ...(inOrder ? [] : [binding('due', `*.${name}`, queue.name)]),
          binding('redrive', queue.name, queue.name),
        ]),
      ...queueNames(manifest, 'questions').flatMap((queue) => answers.map((type) => binding('questions', type, queue))),
      // Not the queue of a journal to everything: then the broker would take a command that no handler's queue waits for.
      ...handles.map((type) => journalBinding('commands', `${type}.#`, name)),
      ...events.map(({ type, key }) => journalBinding('events', `${type}.${key}`, name)),
      ...notices.flatMap((one) => notifyBindings(journalBinding('notify', name, name), one)),
      ...(records ? work.flatMap((queue) => ['journal', 'unrouted'].map((from) => binding(from, '', queue))) : []),
      ...queueNames(manifest, 'dead-letters').map((queue) => binding('dead', name, queue)),
    ],
    policies: [
      queuePolicy(name, only(work), {
        ...deadLettering('dead'),
        'dead-letter-routing-key': name,
        // Delivered again and again because its process ends, a message is parked by the runtime; the broker's limit would take its
        // neighbours out of their order.
        ...(inOrder ? neverWornOut : { 'delivery-limit': 20 }),
      }),
      ...queueNames(manifest, 'questions').map((queue) =>
        // Without a dead letter exchange: a question whose asker has gone is of no use, and one that ends its process is dropped.
        queuePolicy(queue, only([queue]), { 'delivery-limit': 3 }),
      ),
    ],
  }
}

/**
 * The user that sends dead letters back by schedule. It reads those of this handler alone, and writes to the shortest tier of the delay
 * exchange: there the broker limits the routing key, so that it reaches this handler alone. The exchange `redrive` would let it reach all.
 */
function redriverPart(manifest: Manifest): Pick<Part, 'users' | 'permissions' | 'topic_permissions'> {
  if (!manifest.redrive) return { users: [], permissions: [], topic_permissions: [] }
  const user = redriverOf(manifest.name)
  return {
    users: [{ name: user, tags: [] }],
    permissions: [{ user, configure: '^$', write: only(['delay']), read: only(queueNames(manifest, 'dead-letters')) }],
    topic_permissions: [{ user, exchange: 'delay', write: only([redriveKey(manifest.name)]), read: '^$' }],
  }
}

/**
 * The type is a header like the others, and has to match always. The exchange ignores the routing key: it is for people, and tells the
 * copies for the journal of one handler from those of another.
 */
function notifyBindings(plain: Binding, one: EventSubscription): Binding[] {
  return conditionsOf(one).map((headers) => ({
    ...plain,
    arguments: { ...headers, type: one.type, 'x-match': 'all' },
  }))
}

/** The binding keys that lead messages of a type into a queue: one for each word that it takes. */
function keysInto({ words }: HandlerQueue, { type, key }: EventSubscription): string[] {
  if (!words) return [`${type}.${key}`]
  const before = key.endsWith('#') ? key : key.replace(/\.?\*$/, '')
  return words.map((word) => [type, before, word].filter((part) => part !== '').join('.'))
}
