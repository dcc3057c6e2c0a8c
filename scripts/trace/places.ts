import type { Manifest } from '#runtime/manifest/index.ts'
import { header } from '#runtime/message/headers.ts'
import { queueNames } from '#runtime/topology/index.ts'
import { totalsOf } from '../inspect/queues.ts'
import { matches } from '../inspect/topic.ts'
import type { Databases, Kept, Row } from './databases.ts'
import type { Evidence } from './evidence.ts'
import { isFiring, rowKey, type Sent } from './family.ts'
import type { Operation, Place, TracedMessage } from './operation.ts'
import type { Waiting } from './waiting.ts'

/** Puts together what was found: one operation for each correlation id, with each message where it is now. */
export async function operationsOf(
  evidence: Evidence,
  databases: Databases,
  manifests: readonly Manifest[],
): Promise<Operation[]> {
  const messages = messagesOf(evidence, databases, manifests)
  const groups = new Map<string, Found[]>()
  for (const message of messages)
    groups.set(message.correlationId, [...(groups.get(message.correlationId) ?? []), message])
  const rows = [...evidence.family.rows.values()]
  const operations = await Promise.all(
    [...groups].map(async ([correlationId, group]) => {
      const ids = new Set(group.map(({ id }) => id))
      const own = rows.filter((row) => ids.has(row.id) || row.correlation_id === correlationId)
      const subjects = [...new Set(own.flatMap(({ subject }) => subject ?? []))]
      const sagas = subjects.length === 0 ? [] : await databases.sagas(subjects)
      const inTime = group.toSorted(byTime)
      return { correlationId, subjects, messages: inTime.map(({ correlationId: _, ...message }) => message), sagas }
    }),
  )
  return operations.toSorted((one, other) => +(one.messages[0]?.at ?? 0) - +(other.messages[0]?.at ?? 0))
}

/** In the order of time. A message from outside has the time at which it was handled, which is that of what it led to. */
function byTime(one: TracedMessage, other: TracedMessage): number {
  return +(one.at ?? 0) - +(other.at ?? 0) || Number(one.from !== undefined) - Number(other.from !== undefined)
}

type Found = TracedMessage & { readonly correlationId: string }

function messagesOf(evidence: Evidence, databases: Databases, manifests: readonly Manifest[]): Found[] {
  const { family, kept, waiting } = evidence
  const placeOf = placing(evidence, databases, manifests)
  const messages = new Map<string, Found>()

  for (const sent of family.sent.values()) messages.set(sent.id, ofSent(sent))
  const timers = new Set([...family.sent.values()].flatMap(({ timer }) => timer ?? []))
  // A message from outside has no row that tells what was sent: the row of its receiver does.
  for (const row of family.rows.values()) {
    if (messages.has(row.id) || timers.has(row.id) || row.type === 'submission' || isFiring(row)) continue
    messages.set(row.id, ofRow(row))
  }
  for (const each of kept) if (!isKnown(each)) messages.set(each.message.id, ofKept(each))
  for (const each of waiting) if (!messages.has(each.id)) messages.set(each.id, ofWaiting(each))
  return [...messages.values()]

  function isKnown({ id, message }: Kept): boolean {
    return messages.has(message.id) || messages.has(id)
  }

  function ofSent({ id, key, cause, timer }: Sent): Found {
    const type = typeOf(key)
    const receivers = receiversOf(type, key)
    const common = { type, key, causeId: cause.id, correlationId: cause.correlation_id ?? '' }
    if (timer === undefined) {
      return {
        ...common,
        id,
        from: isFiring(cause) && cause.cause_id === null ? undefined : cause.handler,
        at: cause.handled_at,
        to: receivers.map((handler) => ({ handler, ...placeOf(id, type, handler, cause) })),
      }
    }
    const fired = family.rows.get(rowKey(cause.handler, timer))
    const due = kept.find((each) => each.id === timer)?.due
    // A timer without another receiver comes back to the handler that set it.
    const [own, to] = receivers.length === 0 ? [true, [cause.handler]] : [false, receivers]
    return {
      ...common,
      id: own ? timer : id,
      from: cause.handler,
      at: fired?.handled_at ?? due ?? cause.handled_at,
      to: to.map((handler) => ({ handler, ...placeOfTimer(due, fired) })),
    }
  }

  function ofRow(row: Row): Found {
    const type = row.type ?? '(of an earlier version)'
    const found = [...family.rows.values()].filter(({ id }) => id === row.id).map(({ handler }) => handler)
    const receivers = [...new Set([...found, ...receiversOf(type, type)])]
    return {
      id: row.id,
      type,
      key: type,
      from: undefined,
      causeId: row.cause_id ?? undefined,
      correlationId: row.correlation_id ?? '',
      at: row.handled_at,
      to: receivers.map((handler) => ({ handler, ...placeOf(row.id, type, handler, undefined) })),
    }
  }

  function ofKept({ handler, due, message, table }: Kept): Found {
    const { id, type, correlationId, headers, exchange } = message
    const isFromOutside = exchange === 'delay'
    const key = isFromOutside ? String(headers[header.originKey]) : message.key
    const to = exchange === 'delay' || exchange === 'timers' ? [handler] : receiversOf(type, key)
    const place: Place = table === 'timers' ? { is: 'timer', due } : { is: 'unconfirmed' }
    return {
      id,
      type,
      key,
      from: isFromOutside ? undefined : handler,
      causeId: undefined,
      correlationId,
      at: due,
      to: to.map((each) => ({ handler: each, ...place })),
    }
  }

  function ofWaiting({ id, type, correlationId = '', causeId, at, handler }: Waiting): Found {
    const receivers = [...new Set([handler, ...receiversOf(type, type)])]
    return {
      id,
      type,
      key: type,
      from: undefined,
      causeId,
      correlationId,
      at,
      to: receivers.map((each) => ({ handler: each, ...placeOf(id, type, each, undefined) })),
    }
  }

  function receiversOf(type: string, key: string): string[] {
    return manifests
      .filter(
        ({ handles, subscribes }) =>
          handles.includes(type) || subscribes.some((one) => matches(`${one.type}.${one.key}`, key)),
      )
      .map(({ name }) => name)
  }
}

function placeOfTimer(due: Date | undefined, fired: Row | undefined): Place {
  if (fired) return { is: 'handled', at: fired.handled_at, attempt: fired.attempt ?? 1 }
  return due ? { is: 'timer', due } : { is: 'cancelled' }
}

/** Where a message is for one receiver: what is recorded first, then what can be concluded. */
function placing(
  { family, waiting, kept, queues, pauses }: Evidence,
  databases: Databases,
  manifests: readonly Manifest[],
) {
  const places = new Map(waiting.map(({ handler, id, place }) => [rowKey(handler, id), place]))
  return (id: string, type: string, handler: string, cause: Row | undefined): Place => {
    const row = family.rows.get(rowKey(handler, id))
    if (row) return { is: 'handled', at: row.handled_at, attempt: row.attempt ?? 1 }
    const manifest = manifests.find(({ name }) => name === handler)
    const place = places.get(rowKey(handler, id))
    if (place?.is === 'retry')
      return { ...place, attempts: manifest?.retry.forever.includes(type) ? undefined : manifest?.retry.attempts }
    if (place) return place
    if (cause?.unconfirmed || kept.some((each) => each.id === id)) return { is: 'unconfirmed' }
    const totals = totalsOf(queues, queueNames(manifest ?? { name: handler }, 'work'))
    if (manifest && !manifest.database) {
      const isIdle = totals !== undefined && totals.ready + totals.unacknowledged === 0
      if (isIdle) return { is: 'unrecorded' }
    } else if (!databases.readable.includes(handler)) {
      return {
        is: 'unknown',
        why: databases.unreadable.get(handler) ?? `the database of ${handler} is not within reach`,
      }
    }
    const paused = pauses.get(handler)
    return { is: 'sent', queued: totals?.ready, inHand: totals?.unacknowledged, ...(paused && { paused }) }
  }
}

/** The type that a routing key begins with. */
function typeOf(key: string): string {
  return /^.*?\.v[1-9][0-9]*(?=\.|$)/.exec(key)?.[0] ?? key
}
