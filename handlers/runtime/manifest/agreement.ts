import type { Subscription } from '../on.ts'
import type { Manifest } from './schema.ts'

/**
 * Where `handler.yaml` and the code differ, one sentence each; none when `handles`, `subscribes`, `emits` and `sends` say what
 * the subscriptions say. A handler with `http` may also emit and send what only its requests lead to.
 */
export function agreement(manifest: Manifest, subscriptions: readonly Subscription[]): string[] {
  const inputs = subscriptions.map(({ contract }) => contract)
  const outputs = subscriptions.flatMap((subscription) => subscription.outputs)
  const types = (contracts: typeof inputs, kind: 'command' | 'event') =>
    new Set(contracts.filter((contract) => contract.kind === kind).map(({ type }) => type))

  const says = (key: string, listed: readonly string[], coded: Set<string>, verb: string, mayListMore = false) => [
    ...[...coded]
      .filter((type) => !listed.includes(type))
      .map((type) => `${file}: ${key} must name ${type}, because handler.ts ${verb} it`),
    ...[...new Set(listed)]
      .filter((type) => !coded.has(type) && !mayListMore)
      .map((type) => `${file}: ${key} must not name ${type}, because nothing in handler.ts ${verb} it`),
  ]
  const file = `handlers/${manifest.name}/handler.yaml`
  const answersHttp = manifest.http !== undefined
  return [
    ...says('handles', manifest.handles, types(inputs, 'command'), 'handles'),
    ...says(
      'subscribes',
      manifest.subscribes.map(({ type }) => type),
      types(inputs, 'event'),
      'subscribes to',
    ),
    ...says('emits', manifest.emits, types(outputs, 'event'), 'emits', answersHttp),
    ...says('sends', manifest.sends, types(outputs, 'command'), 'sends', answersHttp),
  ]
}
