import type { Publication } from '../broker/fate.ts'
import { copyOf, type Identity } from '../message/copy.ts'
import { properties } from '../message/outgoing.ts'
import { setAside, type DeadLettered, type Retried } from './disposition.ts'
import type { Outcome } from './outcome.ts'
import type { WorkItem } from './work-item.ts'

type DeliverySource = Extract<WorkItem['source'], { kind: 'delivery' }>

/** What an outcome asks to be published: the outputs of a handled item, or the copy of a delivery that is not handled. */
export function publicationsOf({ source }: WorkItem, outcome: Outcome, identity: Identity): Publication[] {
  if (outcome.kind === 'left')
    return source.kind === 'delivery' && outcome.disposition.to !== 'park'
      ? [copyOf(source.delivery.raw, outcome.disposition, identity)]
      : []
  return outcome.messages.map((message) => ({
    exchange: message.exchange,
    key: message.key,
    content: Buffer.from(message.body),
    options: properties(message, identity.user, identity.name),
  }))
}

/** The disposition of a handled delivery whose outputs the broker does not take: it comes back in two minutes, and they are published then. */
export function untaken({ history }: DeliverySource): Retried {
  return setAside('2m', history, 'the broker does not take what it leads to')
}

/** The disposition of a delivery that leads to something which can never be published. */
export function unpublishable({ history }: DeliverySource): DeadLettered {
  const error = new Error('what it leads to cannot be encoded for the broker')
  return { to: 'dead', reason: 'unpublishable', history, error }
}

/** The copy of a handled delivery that makes room for others. Of one that cannot be published, nothing is copied that might be the reason. */
export function copyOfHandled(
  { delivery: { raw } }: DeliverySource,
  disposition: Retried | DeadLettered,
  identity: Identity,
): Publication {
  if (disposition.to !== 'dead') return copyOf(raw, disposition, identity)
  const { messageId, type } = raw.properties as { messageId?: unknown; type?: unknown }
  const bare = { messageId, type, contentType: 'application/json' } as typeof raw.properties
  return copyOf({ ...raw, properties: bare }, disposition, identity)
}
