import type { Subscription } from '../on.ts'
import { FailureSimulated } from '../simulated-failure.ts'
import { placeOf } from './place.ts'
import type { Manifest } from './schema.ts'

/**
 * The differences between `announces` and `hears` of a `handler.yaml` and the code, one sentence each. A handler with `http` may also
 * announce what only its requests lead to. Simulated failures are heard by the runtime itself.
 */
export function broadcastAgreement(manifest: Manifest, subscriptions: readonly Subscription[]): string[] {
  const { announces, hears, http } = manifest
  const broadcasts = subscriptions.filter(({ contract }) => contract.kind === 'broadcast')
  const heard = new Set(broadcasts.flatMap(({ contract, hear }) => (hear ? [contract.type] : [])))
  const made = new Set(
    subscriptions.flatMap(({ outputs }) => outputs.filter(({ kind }) => kind === 'broadcast').map(({ type }) => type)),
  )
  return [
    ...broadcasts
      .filter(({ hear }) => !hear)
      .map(
        ({ contract: { type } }) =>
          `handlers/${manifest.name}/handler.ts: ${type} is a broadcast, so on() cannot handle it: hear it with onBroadcast`,
      ),
    ...[...heard]
      .filter((type) => !hears.includes(type))
      .map((type) => `${placeOf(manifest, 'hears')}: hears must name ${type}, because handler.ts hears it`),
    ...hears
      .filter((type) => !heard.has(type) && type !== FailureSimulated.type)
      .map(
        (type) =>
          `${placeOf(manifest, 'hears', hears.indexOf(type))}: hears must not name ${type}, because nothing in handler.ts hears it`,
      ),
    ...[...made]
      .filter((type) => !announces.includes(type))
      .map((type) => `${placeOf(manifest, 'announces')}: announces must name ${type}, because handler.ts announces it`),
    ...announces
      .filter((type) => !made.has(type) && http === undefined)
      .map(
        (type) =>
          `${placeOf(manifest, 'announces', announces.indexOf(type))}: announces must not name ${type}, because no list of outputs in handler.ts names it: list it beside the message that leads to it, or delete it here`,
      ),
  ]
}
