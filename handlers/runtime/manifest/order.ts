import type { AnyContract, Kind } from '../contract.ts'
import { placeOf, type Mistake } from './place.ts'
import type { Manifest } from './schema.ts'

/** Kinds of messages that do not come through the handler's queue, so they have no order to keep. */
const inNoOrder: ReadonlySet<Kind> = new Set<Kind>(['timer', 'question', 'broadcast'])

type Ordering = Pick<Manifest, 'ordered' | 'partitions'>

/** Whether a handler keeps the order of each key. */
export function keepsOrder({ ordered, partitions }: Ordering): boolean {
  return ordered || partitions !== undefined
}

/** What contradicts the order that a `handler.yaml` asks for, one sentence each. */
export function orderContradictions(manifest: Manifest): Mistake[] {
  const { ordered, partitions, database, scale, subscribes } = manifest
  if (!keepsOrder(manifest)) return []
  const name = ordered ? 'ordered' : 'partitions'
  const most = ordered ? 1 : (partitions ?? 1)
  return [
    ...(ordered && partitions !== undefined
      ? [
          {
            path: ['partitions'],
            sentence: 'ordered or partitions must be set, not both: partitions keep the order too',
          },
        ]
      : []),
    ...(database
      ? []
      : [{ path: ['database'], sentence: `database must be true, because ${name} keeps what it cannot handle there` }]),
    ...(scale.max > most
      ? [
          {
            path: ['scale', 'max'],
            sentence: ordered
              ? `scale.max must be 1, because with ordered only one replica consumes (got ${scale.max})`
              : `scale.max must be at most ${most}, the number of partitions (got ${scale.max})`,
          },
        ]
      : []),
    ...(partitions === undefined ? [] : [...subscribes.entries()])
      .filter(([, { key }]) => !/(^|\.)[*#]$/.test(key))
      .map(([index, { type, key }]) => ({
        path: ['subscribes', index],
        sentence: `subscribes: the key for ${type} must end in * or #, because the last word of its routing keys names the partition (got ${key})`,
      })),
  ]
}

/**
 * What the code lacks for the order that `handler.yaml` asks for, and keys of subscriptions that the last word of a partitioned contract
 * would keep from matching, one sentence each.
 */
export function orderAgreement(manifest: Manifest, inputs: readonly AnyContract[]): string[] {
  const name = manifest.ordered ? 'ordered' : 'partitions'
  const partitioned = new Set(inputs.flatMap(({ type, partitionBy }) => (partitionBy ? [type] : [])))
  return [
    ...inputs
      .filter(({ kind, partitionBy }) => keepsOrder(manifest) && !inNoOrder.has(kind) && !partitionBy)
      .map(
        ({ type }) =>
          `${placeOf(manifest, name)}: ${name} needs the key of each message: give the contract ${type} a partitionBy`,
      ),
    ...[...manifest.subscribes.entries()]
      .filter(
        ([, { type, key }]) => partitioned.has(type) && !/(^|\.)[*#]$/.test(key) && manifest.partitions === undefined,
      )
      .map(
        ([index, { type, key }]) =>
          `${placeOf(manifest, 'subscribes', index)}: the key ${key} matches no ${type}, because its contract has partitionBy, whose word ends every routing key: write ${key}.*`,
      ),
  ]
}
