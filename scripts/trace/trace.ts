import type { ChannelModel, ConsumeMessage } from 'amqplib'
import type { Manifest } from '#runtime/manifest/index.ts'
import { header } from '#runtime/message/headers.ts'
import { fromStored } from '#runtime/message/stored-delivery.ts'
import { isMessageId } from '#runtime/message/validate.ts'
import { readQueues, type Management } from '../inspect/queues.ts'
import { mostFirst, type Databases, type Kept, type Row } from './databases.ts'
import type { Evidence } from './evidence.ts'
import { familyOf, rootsOf, rowsOf } from './family.ts'
import { isSettled, type Operation } from './operation.ts'
import { operationsOf } from './places.ts'
import { lookFor, waitingAt, type Waiting } from './waiting.ts'

/** The system in which an operation is traced. */
export interface Scene {
  readonly manifests: readonly Manifest[]
  readonly databases: Databases
  readonly management: Management
  /** Connects to the broker as the operator. */
  readonly connect: () => Promise<ChannelModel>
}

export interface Trace {
  readonly operations: readonly Operation[]
  /** What could not be looked at, a sentence each. */
  readonly gaps: readonly string[]
}

/** Finds the operations that an id belongs to, and where each of their messages is. Changes nothing. */
export async function trace(id: string, scene: Scene): Promise<Trace> {
  const { databases, manifests, management } = scene
  const now = { queues: await readQueues(management), pauses: await databases.pauses() }
  let named = await rowsOf(id, databases)
  const sagas = await databases.sagas([id])
  if (named.length === 0 && sagas.length > 0) named = await databases.about(id)
  const keptNow = await databases.containing(id)
  const causes = keptNow.flatMap(({ message }) => causeIn(message.headers))
  named = [...named, ...(await ids(causes, databases))]

  let evidence = await gather(named, { ...now, keptNow, waiting: [] }, scene)
  let operations = await operationsOf(evidence, databases, manifests)
  const gaps = [...databases.unreadable.values()]
  if (named.length >= mostFirst)
    gaps.push(`${id} leads to at least ${mostFirst} first messages: others are not followed`)
  if (operations.length === 0 || !operations.every(isDone)) {
    const known = new Set<string>([id, ...evidence.family.sent.keys()])
    const correlations = new Set<string>([id, ...operations.map(({ correlationId }) => correlationId)])
    const isWanted = ({ properties, content }: ConsumeMessage) =>
      known.has(String(properties.messageId)) ||
      correlations.has(String(properties.correlationId)) ||
      (operations.length === 0 && content.includes(JSON.stringify(id)))
    const connection = await scene.connect()
    connection.on('error', () => {})
    try {
      const handlers = manifests.map(({ name }) => name)
      const { found: inQueues, cut } = await lookFor(connection, { management, queues: now.queues, handlers }, isWanted)
      const found = [
        ...inQueues,
        ...(await parkedOf(
          databases,
          [...known].filter(isMessageId),
          [...correlations].map((text) => JSON.stringify(text)),
        )),
      ]
      gaps.push(...cut.map((queue) => `queue ${queue} has too many messages to look at all of them`))
      const above = await ids(
        found.flatMap(({ causeId, id: own }) => [
          own,
          ...(causeId !== undefined && isMessageId(causeId) ? [causeId] : []),
        ]),
        databases,
      )
      evidence = await gather([...named, ...above], { ...now, keptNow, waiting: found }, scene)
    } finally {
      await connection.close().catch(() => undefined)
    }
    operations = await operationsOf(evidence, databases, manifests)
  }
  return { operations, gaps }
}

async function parkedOf(databases: Databases, ids: readonly string[], texts: readonly string[]): Promise<Waiting[]> {
  return (await databases.parked(ids, texts)).flatMap(({ handler, key, message, due, reason, error }) => {
    const place = { is: 'parked', key, due: due ?? undefined, reason: reason ?? undefined, error: error ?? '' } as const
    return waitingAt(fromStored(message), handler, place) ?? []
  })
}

async function gather(
  named: readonly Row[],
  { keptNow, ...rest }: Pick<Evidence, 'queues' | 'pauses' | 'waiting'> & { keptNow: readonly Kept[] },
  { databases, manifests }: Scene,
): Promise<Evidence> {
  const roots = await rootsOf(named, databases)
  const family = await familyOf(roots, databases, manifests)
  const open = [...family.sent.values()]
  const kept = [
    ...keptNow,
    ...(await databases.timers(open.flatMap(({ timer }) => timer ?? []))),
    ...(await databases.outbox(open.map(({ id }) => id))),
  ]
  return { family, kept: [...new Map(kept.map((each) => [`${each.handler} ${each.id}`, each])).values()], ...rest }
}

function ids(wanted: readonly string[], databases: Databases): Promise<Row[]> {
  const valid = wanted.filter(isMessageId)
  return valid.length === 0 ? Promise.resolve([]) : databases.byId(valid)
}

function causeIn(headers: Readonly<Record<string, string | number | boolean>>): string[] {
  const cause = headers[header.causationId]
  return typeof cause === 'string' ? [cause] : []
}

function isDone({ messages }: Operation): boolean {
  return messages.every(({ to }) => to.every(isSettled))
}
