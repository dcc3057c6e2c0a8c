import { milliseconds } from '../duration.ts'
import {
  binding,
  deadLettering,
  exchange,
  neverWornOut,
  queuePolicy,
  quorumQueue,
  streamQueue,
  type Part,
} from './objects.ts'
import { anyKey, literal, only } from './patterns.ts'
import { broadcasts, unrouted, waitQueue } from './queues.ts'
import { tiers, type Tier } from './tiers.ts'

/**
 * The objects that all handlers share: the exchanges, the wait queues of the retry tiers, `unrouted`, and the users of the
 * operator and of the scaler.
 *
 * @param lengths milliseconds of the tiers whose length differs from their names
 */
export function sharedPart(lengths: Partial<Record<Tier, number>> = {}): Part {
  return {
    users: [
      { name: 'operator', tags: ['management'] },
      { name: 'monitor', tags: ['monitoring'] },
    ],
    permissions: [
      {
        user: 'operator',
        configure: '^$',
        write: only(['commands', 'events', 'notify', 'redrive']),
        // What waits for people, and what waits for its time; never the queue that a handler consumes.
        read: `^(unrouted|[^.]+\\.dead|wait\\.(${tiers.join('|')}))$`,
      },
      { user: 'monitor', configure: '^$', write: '^$', read: '^$' },
    ],
    topic_permissions: ['commands', 'events'].map((exchange) => ({
      user: 'operator',
      exchange,
      write: anyKey,
      read: '^$',
    })),
    exchanges: [
      exchange('commands', 'topic'),
      exchange('events', 'topic'),
      exchange('notify', 'headers'),
      exchange('delay', 'topic'),
      exchange('due', 'topic'),
      exchange('dead', 'topic'),
      exchange('redrive', 'direct'),
      exchange('questions', 'topic'),
      exchange('replies', 'topic'),
      exchange('broadcast', 'topic'),
      exchange('unrouted', 'fanout'),
      exchange('journal', 'fanout'),
    ],
    queues: [quorumQueue(unrouted), streamQueue(broadcasts), ...tiers.map((tier) => quorumQueue(waitQueue(tier)))],
    bindings: [
      binding('unrouted', '', unrouted),
      binding('broadcast', '#', broadcasts),
      ...tiers.map((tier) => binding('delay', `${tier}.*`, waitQueue(tier))),
    ],
    policies: [
      {
        name: 'alternate.unrouted',
        // Otherwise the due retries of a missing handler stay in the wait queue and block those of all others.
        pattern: only(['events', 'notify', 'due']),
        'apply-to': 'exchanges',
        priority: 0,
        definition: { 'alternate-exchange': 'unrouted' },
      },
      queuePolicy('unrouted', only([unrouted]), { ...neverWornOut, 'max-length': 10_000, overflow: 'drop-head' }),
      // Only whole segments are deleted, so that they must be small.
      queuePolicy(broadcasts, only([broadcasts]), {
        'max-age': '7D',
        'max-length-bytes': 5_000_000,
        'stream-max-segment-size-bytes': 500_000,
      }),
      queuePolicy('*.dead', `${literal('.dead')}$`, neverWornOut),
      ...tiers.map((tier) =>
        queuePolicy(waitQueue(tier), only([waitQueue(tier)]), {
          ...neverWornOut,
          ...deadLettering('due'),
          'message-ttl': lengths[tier] ?? milliseconds(tier),
        }),
      ),
    ],
  }
}
