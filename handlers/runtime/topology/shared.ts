import { milliseconds } from '../duration.ts'
import { binding, deadLettering, exchange, neverWornOut, queuePolicy, quorumQueue, type Part } from './objects.ts'
import { literal, only } from './patterns.ts'
import { tiers, type Tier } from './tiers.ts'

/**
 * What exists once for all handlers: the exchanges, the ladder of wait queues, `unrouted`, and the users of people and of scaling.
 *
 * @param lengths milliseconds of the tiers that are not to last as long as their name says
 */
export function sharedPart(lengths: Partial<Record<Tier, number>> = {}): Part {
  return {
    users: [
      { name: 'operator', tags: ['management'] },
      { name: 'monitor', tags: ['monitoring'] },
    ],
    permissions: [
      { user: 'operator', configure: '^$', write: only(['redrive']), read: '^(unrouted|[^.]+\\.dead)$' },
      { user: 'monitor', configure: '^$', write: '^$', read: '^$' },
    ],
    topic_permissions: [],
    exchanges: [
      exchange('commands', 'topic'),
      exchange('events', 'topic'),
      exchange('delay', 'topic'),
      exchange('due', 'topic'),
      exchange('dead', 'topic'),
      exchange('redrive', 'direct'),
      exchange('unrouted', 'fanout'),
    ],
    queues: [quorumQueue('unrouted'), ...tiers.map((tier) => quorumQueue(`wait.${tier}`))],
    bindings: [
      binding('unrouted', '', 'unrouted'),
      ...tiers.map((tier) => binding('delay', `${tier}.*`, `wait.${tier}`)),
    ],
    policies: [
      {
        name: 'alternate.unrouted',
        // Due retries of a handler that is not there would otherwise stay in the wait queue and block everyone's.
        pattern: only(['events', 'due']),
        'apply-to': 'exchanges',
        priority: 0,
        definition: { 'alternate-exchange': 'unrouted' },
      },
      queuePolicy('unrouted', only(['unrouted']), { ...neverWornOut, 'max-length': 10_000, overflow: 'drop-head' }),
      queuePolicy('*.dead', `${literal('.dead')}$`, neverWornOut),
      ...tiers.map((tier) =>
        queuePolicy(`wait.${tier}`, only([`wait.${tier}`]), {
          ...neverWornOut,
          ...deadLettering('due'),
          'message-ttl': lengths[tier] ?? milliseconds(tier),
        }),
      ),
    ],
  }
}
